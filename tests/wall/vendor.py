"""The vendors' own descriptions, beside this checkout, and whether an answer of the wall has the shape they give."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

CONTRACTS = Path(__file__).parents[2] / ".." / "shared" / "contracts"
_PLAIN = {"String": str, "Integer": int, "Float": float, "Boolean": bool, "True": bool}


def contract(name: str) -> Any:
    """The parsed file; the test is skipped by name where it is not there."""
    path = CONTRACTS / name
    if not path.is_file():
        pytest.skip(f"the vendors' contracts ({name}) are not beside this checkout")
    return json.loads(path.read_text("utf-8"))


class Telegram:
    """Parameters and types of the Bot API."""

    def __init__(self) -> None:
        self.api = contract("telegram-api.json")

    def wrong_parameters(self, method: str, given: Mapping[str, Any]) -> list[str]:
        """What the method does not take, lacks, or takes as another type."""
        fields = {field["name"]: field for field in self.api["methods"][method].get("fields", [])}
        missing = [name for name, field in fields.items() if field["required"] and name not in given]
        foreign = [name for name in given if name not in fields]
        ill = [n for n, v in given.items() if n in fields and not self.fits(v, fields[n]["types"])]
        return [*missing, *foreign, *ill]

    def returns(self, method: str, result: Any) -> bool:
        """Whether a result has the type that the method returns."""
        return self.fits(result, self.api["methods"][method]["returns"])

    def fits(self, value: Any, types: list[str]) -> bool:
        """Whether a value has one of these types, down to its leaves."""
        return any(self._is(value, kind) for kind in types)

    def _is(self, value: Any, kind: str) -> bool:
        if kind.startswith("Array of "):
            return isinstance(value, list) and all(self._is(v, kind.removeprefix("Array of ")) for v in value)
        if kind in _PLAIN:
            return isinstance(value, _PLAIN[kind]) and not (kind == "Integer" and isinstance(value, bool))
        described = self.api["types"][kind]
        if "subtypes" in described and "fields" not in described:
            return self.fits(value, described["subtypes"])
        fields = {field["name"]: field for field in described.get("fields", [])}
        if not isinstance(value, dict) or not set(value) <= set(fields):
            return False
        complete = all(name in value for name, field in fields.items() if field["required"])
        return complete and all(self.fits(v, fields[name]["types"]) for name, v in value.items())


class Threads:
    """Calls and example answers of Meta's Postman collection."""

    def __init__(self) -> None:
        collection = contract("threads-postman.json")
        self.variables = {v["key"]: v.get("value", "") for v in collection["variable"]}
        self.calls = {item["name"]: item for item in _items(collection["item"])}

    def parameters(self, name: str) -> set[str]:
        """Those that the call of this name takes, used or not in the example."""
        return {q["key"] for q in self.calls[name]["request"]["url"].get("query") or []}

    def fields(self, variable: str) -> set[str]:
        """The names in one of the collection's lists of fields."""
        return {name.partition("{")[0] for name in self.variables[variable].split(",")}

    def example(self, name: str) -> Any:
        """The example answer of the call."""
        return json.loads(self.calls[name]["response"][0]["body"])


def _items(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        if "item" in item:
            yield from _items(item["item"])
        else:
            yield item


def shape(value: Any) -> Any:
    """Names and types, without the values; of a list, those of its first."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__
