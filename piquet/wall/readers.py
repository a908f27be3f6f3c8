"""What readers did with the wall's posts, as its controls say, for a wall has no readers of its own."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from piquet.errors import UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What readers did with one post so far; `replies` come on top of those that stand on the wall."""

    likes: int = 0
    reposts: int = 0
    replies: int = 0
    quotes: int = 0
    views: int = 0


UNREAD = Read()
_FIGURES = tuple(field.name for field in fields(Read))
_PLACE = ("network", "account", "id")


def read_from(data: Mapping[str, Any]) -> tuple[tuple[str, str, str], Read]:
    """Which post, and what readers did with it; UserError names what is wrong."""
    if not all(isinstance(data.get(name), str) for name in _PLACE):
        raise UserError(f"What readers did needs {', '.join(_PLACE)} of a post: send them as texts.")
    if foreign := sorted(set(data) - {*_PLACE, *_FIGURES}):
        raise UserError(f"Readers do no {foreign[0]!r}: use {', '.join(_FIGURES)}.")
    figures = {name: data[name] for name in _FIGURES if name in data}
    for name, value in figures.items():
        if type(value) is not int or value < 0:
            raise UserError(f"{name} is {value!r}: give a whole number, 0 or more.")
    network, account, id = (data[name] for name in _PLACE)
    return (network, account, id), Read(**figures)


def read_to(place: tuple[str, str, str], read: Read) -> dict[str, Any]:
    """The reverse of `read_from`."""
    return {**dict(zip(_PLACE, place, strict=True)), **asdict(read)}
