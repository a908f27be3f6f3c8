"""Markup to one line of plain text; knows what the type of a text says, nothing of feeds or entries."""

import html
import re

# https://html.spec.whatwg.org/multipage/indices.html#elements-3 and the obsolete ones; `title` stays out,
# nobody closes it in a headline.
_NAMES = """
a abbr acronym address area article aside audio b base basefont bdi bdo big blink blockquote body br button
canvas caption center cite code col colgroup data dd del details dfn dialog dir div dl dt em embed fieldset
figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img
input ins kbd label legend li link main map mark marquee math menu meta meter nav nobr noframes noscript
object ol optgroup option output p param picture pre progress q rp rt ruby s samp script section select
small source span strike strong style sub summary sup svg table tbody td template textarea tfoot th thead
time tr track tt u ul var video wbr"""
_BLOCK_NAMES = """
address article aside blockquote br caption center dd details div dl dt fieldset figcaption figure footer
form h1 h2 h3 h4 h5 h6 header hr img legend li main nav ol option p pre section table tbody td tfoot th
thead tr ul"""
_SILENT_NAMES = "head iframe math noscript object script style svg template textarea video audio"
_KNOWN, _BLOCKS, _SILENT = (frozenset(names.split()) for names in (_NAMES, _BLOCK_NAMES, _SILENT_NAMES))
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)(?=[\s/>])|<!--|<!\[CDATA\[")
_REFERENCE = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_OPENING = re.compile(rf"<(?!/?(?:{'|'.join(sorted(_KNOWN))})(?=[\s/>])|!--)", re.IGNORECASE)
# "<Video> The match" is a newspaper's bracket: an element would be closed somewhere, or have attributes.
_BRACKETED = re.compile(rf"<(?=({'|'.join(sorted(_SILENT - {'script', 'style'}))})\s*>)", re.IGNORECASE)
_CLOSED = re.compile(r"</([a-zA-Z]+)")
_LOOSE_AMPERSAND = re.compile(r"&(?!(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});)")
# Bidi overrides and isolates let a headline rewrite what follows it (https://trojansource.codes); the others
# have no width and break searching and comparing. U+200C and U+200D spell Persian, Hindi and emoji: they stay.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
_LONE_JOINER = re.compile("(?<![^\\s\u200c\u200d])[\u200c\u200d]+|[\u200c\u200d]+(?![^\\s\u200c\u200d])")


def one_line(text: str, *, longest: int) -> str:
    """The text with white space collapsed and invisible characters out, cut with … beyond `longest` characters."""
    visible = _LONE_JOINER.sub("", _INVISIBLE.sub("", text[: longest * 8]))
    line = " ".join(visible.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def plain_text(text: str, *, type_: str | None, longest: int) -> str:
    """One line of plain text; `type_` is "text", "html", "unsaid text", or None where the format does not say (RSS).

    Text said to be text is kept to the letter; where only the format's default makes it text, entities are what
    somebody encoded twice and are decoded. Without any type it is markup as far as it holds known tags.
    """
    text = text[: longest * 20]
    if type_ == "html" or (type_ is None and _has_markup(text)):
        text = _without_markup(text)
    elif type_ != "text":
        text = _decoded(text)
    return one_line(text, longest=longest)


def _has_markup(text: str) -> bool:
    return "<" in text and any(
        match[1] is None or match[1].lower() in _KNOWN for match in _TAG.finditer(text)
    )


def _decoded(text: str) -> str:
    return _REFERENCE.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text


def _without_markup(text: str) -> str:
    from selectolax.lexbor import LexborHTMLParser  # half the cost of a small feed, and few titles are markup

    text = text.replace("<![CDATA[", "").replace("]]>", "")
    text = _LOOSE_AMPERSAND.sub("&amp;", _OPENING.sub("&lt;", _without_brackets(text)))
    body = LexborHTMLParser("<body>" + text.replace("\x00", "")).body
    pieces: list[str] = []
    if body is not None:
        _collect(body, pieces)
    return "".join(pieces)


def _without_brackets(text: str) -> str:
    """The text with silent tags that nothing closes as the letters they are, or they would swallow what follows."""
    if not _BRACKETED.search(text):
        return text
    closed = {name.lower() for name in _CLOSED.findall(text)}
    return _BRACKETED.sub(lambda match: match[0] if match[1].lower() in closed else "&lt;", text)


def _collect(body, pieces: list[str]) -> None:
    node, root = body.child, body.mem_id
    while node is not None:
        if node.tag == "-text":
            pieces.append(node.text_content or "")
        elif node.tag in _BLOCKS:
            pieces.append(" ")
        node = _following(node, root, pieces)


def _following(node, root: int, pieces: list[str]):
    """The next node in document order, without recursion: nesting may be thousands deep."""
    if node.tag not in _SILENT and node.child is not None:
        return node.child
    while node is not None and node.mem_id != root:
        if node.tag in _BLOCKS:
            pieces.append(" ")
        if node.next is not None:
            return node.next
        node = node.parent
    return None
