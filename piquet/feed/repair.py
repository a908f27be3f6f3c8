"""The text of a feed to the best XML it can be: cut, trimmed, escaped; knows XML, not what elements mean."""

import html.entities
import re
from collections.abc import Iterator
from dataclasses import dataclass

_ROOT = re.compile(r"<((?:[\w.-]+:)?(?:rss|feed|rdf|channel))(?=[\s>/])", re.IGNORECASE)
_FIRST_ELEMENT = re.compile(r"<([A-Za-z_][\w.:-]*)")
_BLANKS = re.compile("[ \t\r\n\f\v\x00\ufeff\u200b\xa0]*")
_PROLOGUE = re.compile(r"<\?.*?\?>|<!--.*?-->", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE\s[^\[>]*(?:\[(?P<subset>.*?)\]\s*)?>", re.DOTALL | re.IGNORECASE)
_ENTITY = re.compile(r"<!ENTITY\s+([\w.-]+)\s+(?:\"([^\"<&%]{0,200})\"|'([^'<&%]{0,200})')\s*>")
_ENTRY_END = re.compile(r"</(?:[\w.-]+:)?(?:item|entry)\s*>", re.IGNORECASE)
_ENTRY_START = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)(?=[\s>/])", re.IGNORECASE)
_PREFIX_USE = re.compile(r"</?([A-Za-z_][\w.-]*):[A-Za-z_]")
_AMPERSAND = re.compile(r"&(?:#([0-9]{1,9});|#[xX]([0-9a-fA-F]{1,8});|([A-Za-z][\w.-]{0,31});)?")
_NOT_XML = re.compile(
    "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)  # https://www.w3.org/TR/xml/#charsets
_LONGEST_PROLOGUE = 20_000  # a longer one is an attack, and searching it costs its square
_MOST_PREFIXES = 50
_FIVE = frozenset(("lt", "gt", "amp", "quot", "apos"))
# Prefixes in use without their declaration; the addresses are those of feedparser's own table.
_NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A feed's text from its root element on; `cut` says that its end was missing."""

    text: str
    root: str
    cut: bool
    entities: dict[str, str]


def first_element(text: str) -> str | None:
    """The name of the first element, after declarations and comments; None where there is none."""
    start = _after_prologue(text)
    match = _FIRST_ELEMENT.match(text, start)
    return match[1] if match else None


def document(text: str) -> Document | None:
    """The feed in a text, without what stands before its root, after it, or half in it; None if there is none."""
    root = _ROOT.search(text, _after_prologue(text))
    if root is None:
        return None
    entities = _declared_entities(text[: min(root.start(), _LONGEST_PROLOGUE)])
    whole = re.compile(rf".*</{re.escape(root[1])}\s*>", re.DOTALL | re.IGNORECASE).match(text, root.start())
    if whole:
        return Document(text=whole[0], root=root[1], cut=False, entities=entities)
    return _closed(text[root.start() :], root[1], entities)


def escaped(found: Document) -> str:
    """The document's text with stray ampersands, unknown entities, bad characters and prefixes made good."""
    text = "".join(
        part if is_cdata else _AMPERSAND.sub(lambda match: _reference(match, found.entities), part)
        for part, is_cdata in _split(_NOT_XML.sub("", found.text))
    )
    return _with_prefixes(text, found.root)


def _split(text: str) -> Iterator[tuple[str, bool]]:
    """The text outside and inside of CDATA sections, in turn; one without an end is taken for text."""
    position = 0
    while (start := text.find("<![CDATA[", position)) >= 0 and (end := text.find("]]>", start)) >= 0:
        yield text[position:start], False
        yield text[start : end + 3], True
        position = end + 3
    yield text[position:], False


def _after_prologue(text: str) -> int:
    """Where the first element may stand, past white space, declarations, comments and the document type."""
    position = 0
    while True:
        position = _BLANKS.match(text, position).end()
        match = _PROLOGUE.match(text, position) or _DOCTYPE.match(text, position)
        if match is None:
            return position
        position = match.end()


def _declared_entities(prologue: str) -> dict[str, str]:
    """The document type's own short, plain entities: none that names another, so none can grow."""
    match = _DOCTYPE.search(prologue)
    subset = match["subset"] if match else None
    return {name: one or two for name, one, two in _ENTITY.findall(subset or "")}


def _closed(text: str, root: str, entities: dict[str, str]) -> Document:
    """A document without its end: what follows the last whole entry goes, and the elements are closed."""
    ends = [match.end() for match in _ENTRY_END.finditer(text)]
    starts = [match.start() for match in _ENTRY_START.finditer(text)]
    kept = text[: ends[-1]] if ends else text[: starts[-1]] if starts else _without_half_tag(text)
    channel = "</channel>" if re.search(r"<channel[\s>]", text) and root.lower().endswith("rss") else ""
    only_root_open = "</channel>" in text[len(kept) :]
    return Document(text=f"{kept}{channel}</{root}>", root=root, cut=not only_root_open, entities=entities)


def _without_half_tag(text: str) -> str:
    start = text.rfind("<")
    return text[:start] if start > text.rfind(">") else text


def _reference(match: re.Match[str], entities: dict[str, str]) -> str:
    """What an ampersand, alone or with a reference, should have been."""
    decimal, hexadecimal, name = match.groups()
    if name:
        return match[0] if name in _FIVE else _named(name, entities)
    if not (decimal or hexadecimal):
        return "&amp;"
    number = int(decimal) if decimal else int(hexadecimal, 16)
    legal = number < 0x110000 and not _NOT_XML.match(chr(number))
    return match[0] if legal else ""


def _named(name: str, entities: dict[str, str]) -> str:
    character = entities.get(name) or html.entities.html5.get(name + ";")
    if character is None:
        return f"&amp;{name};"
    return character.replace("&", "&amp;").replace("<", "&lt;")


def _with_prefixes(text: str, root: str) -> str:
    """Declare on the root every prefix that no element declares."""
    used = set(_PREFIX_USE.findall(text)) - {"xml", "xmlns"}
    if len(used) > _MOST_PREFIXES:
        return text
    missing = sorted(prefix for prefix in used if f"xmlns:{prefix}" not in text)
    declared = "".join(
        f' xmlns:{name}="{_NAMESPACES.get(name, "urn:undeclared:" + name)}"' for name in missing
    )
    return f"<{root}{declared}{text[len(root) + 1 :]}"
