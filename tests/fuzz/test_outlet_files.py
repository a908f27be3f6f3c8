"""Whatever stands in an outlet's file: it is read, or one sentence says which file, what and how to mend it."""

import copy
import json
import math
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deployments.apply import _forms
from piquet.config import read_outlet_file
from piquet.errors import PiquetError
from tests.fuzz.values import is_one_sentence, toml_values

EXAMPLE = Path(__file__).parents[2] / "deployments" / "outlets" / "lejournal.toml"
TEXT = EXAMPLE.read_text(encoding="utf-8")
EVERY_NETWORK = """
[accounts."threads/lejournal"]
token = "env:T"
posts_per_day = 4
[accounts."linkedin/lejournal"]
organization = "2414183"
token = "env:L"
token_ends = "2027-01-31"
hashtags = ["a"]
[accounts."telegram/lejournal"]
token = "env:G"
channel = "@lejournal"
template = "{notice} {title} {link}"
"""
DOCUMENT = tomllib.loads(TEXT.replace("[strike]", f"{EVERY_NETWORK}\n[strike]"))
FUZZ = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def in_toml(value: Any) -> str:
    """A value as TOML writes it; None, which it has not, as an empty text."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return (
                str(value) if math.isfinite(value) else {math.inf: "inf", -math.inf: "-inf"}.get(value, "nan")
            )
        case datetime() | date() | time():
            return value.isoformat()
        case list():
            return f"[{', '.join(in_toml(one) for one in value)}]"
        case Mapping():
            return f"{{{', '.join(f'{json.dumps(key)} = {in_toml(one)}' for key, one in value.items())}}}"
    return json.dumps(value or "").replace("\x7f", "\\u007f")


def as_text(document: Mapping[str, Any]) -> str:
    return "\n".join(f"{json.dumps(key)} = {in_toml(value)}" for key, value in document.items())


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """The example with one to three places changed, taken out or added."""
    document = copy.deepcopy(DOCUMENT)
    for _ in range(draw(st.integers(1, 3))):
        place = document
        for _ in range(draw(st.integers(0, 2))):
            inner = [value for value in place.values() if isinstance(value, dict) and value]
            place = draw(st.sampled_from(inner)) if inner else place
        key = draw(st.sampled_from(sorted(place)) | st.text(max_size=20)) if place else "a"
        if draw(st.integers(0, 5)) == 0:
            place.pop(key, None)
        else:
            place[key] = draw(toml_values)
    return document


def read_and_made(path: Path) -> str:
    """What is wrong with the file, from its syntax to the forms that `piquet apply` makes of it; empty where nothing is."""
    try:
        list(_forms(read_outlet_file(path)))
    except PiquetError as error:
        return str(error)
    return ""


@FUZZ
@given(documents())
def test_a_file_with_anything_anywhere_is_read_or_is_one_sentence(tmp_path, document):
    path = tmp_path / "outlet.toml"
    path.write_text(as_text(document), encoding="utf-8", errors="replace")
    said = read_and_made(path)
    assert not said or is_one_sentence(said), said


@FUZZ
@given(st.integers(0, len(TEXT)), st.integers(0, 40), st.binary(max_size=30))
def test_a_file_with_bytes_changed_is_read_or_is_one_sentence(tmp_path, place, length, put):
    path = tmp_path / "outlet.toml"
    raw = TEXT.encode()
    path.write_bytes(raw[:place] + put + raw[place + length :])
    said = read_and_made(path)
    assert not said or is_one_sentence(said), said


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000,
        "a = " + "{a=" * 100_000,
        "a" + ".a" * 100_000 + " = 1",
        "[" + "a." * 50_000 + "a]",
        "x = 1\n" * 2,
        "a = " + "9" * 5_000,
        "[outlet]\nname = 'a'\n" + "\n".join(f"f{i} = 1" for i in range(20_000)),
        "\ufeff[outlet]\nname = 'a'",
        "\x00",
        "",
    ],
    ids=lambda text: f"{text[:12]!r}x{len(text)}",
)
def test_a_huge_or_deep_or_empty_file_is_one_sentence(tmp_path, text):
    path = tmp_path / "outlet.toml"
    path.write_text(text, encoding="utf-8")
    assert is_one_sentence(read_and_made(path))


def test_the_fuzzer_starts_from_a_file_that_is_right(tmp_path):
    path = tmp_path / "outlet.toml"
    path.write_text(as_text(DOCUMENT), encoding="utf-8")
    assert read_and_made(path) == ""
    assert read_outlet_file(path).outlet["title"] == "Le Journal"
