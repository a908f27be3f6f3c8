"""What docs/deploy.md tells people to do, as data; runs nothing."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "deploy.md"
_FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PATH_LINE = re.compile(r"# (/\S+)\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """Commands for a shell."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """What stands in a file; the block's first line says which."""

    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Units that the machine's service manager is told to start."""

    units: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What a service manager reads of a unit: its command, the environment it gets, and the folder made for it."""

    command: Sequence[str]
    env_files: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    state: str = ""


def steps(page: str) -> Iterator[Script | File | Start]:
    """The page's blocks in their order. Raises ValueError for a block of which nothing is known."""
    for language, text in _FENCED.findall(page):
        if language == "sh":
            yield Script(text=text)
        elif language in ("ini", "toml"):
            yield _file(text)
        elif language == "console":
            yield from _starts(text)
        else:
            raise ValueError(f"A block of {language!r} would never be tried: write sh, ini, toml or console.")


def _file(text: str) -> File:
    named = _PATH_LINE.match(text)
    if not named:
        raise ValueError(f"No path stands in the first line of the block that begins {text[:40]!r}.")
    return File(path=named[1], text=text)


def _starts(text: str) -> Iterator[Start]:
    for line in text.splitlines():
        if line.startswith("systemctl enable --now "):
            yield Start(units=line.split()[3:])


def unit(text: str, instance: str = "") -> Unit:
    """Read a unit file, `%i` standing for the instance."""
    pairs = [line.split("=", 1) for line in text.replace("%i", instance).splitlines() if "=" in line]
    return Unit(
        command=next(shlex.split(value) for key, value in pairs if key == "ExecStart"),
        env_files=[value for key, value in pairs if key == "EnvironmentFile"],
        env=dict(value.split("=", 1) for key, value in pairs if key == "Environment"),
        state=next((f"/var/lib/{value}" for key, value in pairs if key == "StateDirectory"), ""),
    )
