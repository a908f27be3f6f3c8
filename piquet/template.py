"""What a post looks like: a text with plain placeholders, checked when it is saved; pure."""

import re
from collections.abc import Mapping

from piquet.errors import UserError, WrongValue

PLACEHOLDERS = ("notice", "title", "link", "summary", "hashtags", "day_number", "outlet")
NOTICE_PLACEHOLDERS = ("day_number", "outlet")
DEFAULT = "{notice}\n\n{title}\n\n{link}\n\n{hashtags}"

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_BLANKS = re.compile(r"[ \t]+(?=\n|$)|(?<=\n)[ \t]+")
_GAPS = re.compile(r"\n{3,}")


def check_template(template: str, *, of: str) -> None:
    """Raise UserError where `template` (of account `of`) could drop the notice, the title or the link."""
    for name in _unknown(template, PLACEHOLDERS):
        raise UserError(
            f"The template of {of} has an unknown placeholder {{{name}}}: use only {_written(PLACEHOLDERS)}."
        )
    if not template.lstrip().startswith("{notice}"):
        raise UserError(
            f"The template of {of} is {template!r}: it must start with {{notice}}, "
            "which stays empty on ordinary days."
        )
    for needed in ("title", "link"):
        if needed not in _PLACEHOLDER.findall(template):
            raise UserError(f"The template of {of} is {template!r}: it lacks {{{needed}}}; add it.")


def check_notice(notice: str, field: str) -> None:
    """Raise WrongValue where a notice in that field of the Strike form holds an unknown placeholder."""
    for name in _unknown(notice, NOTICE_PLACEHOLDERS):
        shown = {"unknown": f"{{{name}}}", "choices": _written(NOTICE_PLACEHOLDERS)}
        raise WrongValue(field, "no_placeholder", value=notice[:40], **shown)


def fill(template: str, values: Mapping[str, str]) -> str:
    """`template` with its placeholders replaced, once: braces inside the values stay as they are."""
    text = _PLACEHOLDER.sub(lambda m: values.get(m.group(1), m.group()), template)
    return _GAPS.sub("\n\n", _BLANKS.sub("", text)).strip()


def _unknown(template: str, known: tuple[str, ...]) -> list[str]:
    return sorted(set(_PLACEHOLDER.findall(template)) - set(known))


def _written(names: tuple[str, ...]) -> str:
    return " ".join(f"{{{name}}}" for name in names)
