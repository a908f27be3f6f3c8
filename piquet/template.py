"""What a post looks like: a text with plain placeholders, checked when it is saved; pure."""

import re
from collections.abc import Mapping

from piquet.errors import UserError

PLACEHOLDERS = ("notice", "title", "link", "summary", "hashtags", "day_number", "outlet")
NOTICE_PLACEHOLDERS = ("day_number", "outlet")
DEFAULT = "{notice}\n\n{title}\n\n{link}\n\n{hashtags}"

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_BLANKS = re.compile(r"[ \t]+(?=\n|$)|(?<=\n)[ \t]+")
_GAPS = re.compile(r"\n{3,}")


def check_template(template: str, *, of: str) -> None:
    """Raise UserError where `template` (of account `of`) could drop the notice, the title or the link."""
    names = _names(template, PLACEHOLDERS, of=f"The template of {of}")
    if not template.lstrip().startswith("{notice}"):
        raise UserError(
            f"The template of {of} is {template!r}: it must start with {{notice}}, "
            "which stays empty on ordinary days."
        )
    for needed in ("title", "link"):
        if needed not in names:
            raise UserError(f"The template of {of} is {template!r}: it lacks {{{needed}}}; add it.")


def check_notice(notice: str, where: str) -> None:
    """Raise UserError where a notice holds an unknown placeholder."""
    _names(notice, NOTICE_PLACEHOLDERS, of=f"{where}: the notice {notice[:40]!r}")


def fill(template: str, values: Mapping[str, str]) -> str:
    """`template` with its placeholders replaced, once: braces inside the values stay as they are."""
    text = _PLACEHOLDER.sub(lambda m: values.get(m.group(1), m.group()), template)
    return _GAPS.sub("\n\n", _BLANKS.sub("", text)).strip()


def _names(template: str, known: tuple[str, ...], *, of: str) -> set[str]:
    names = set(_PLACEHOLDER.findall(template))
    for name in sorted(names - set(known)):
        choice = " ".join(f"{{{k}}}" for k in known)
        raise UserError(f"{of} has an unknown placeholder {{{name}}}: use only {choice}.")
    return names
