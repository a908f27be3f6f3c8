"""Text that comes from a feed, made harmless for posting; pure, it knows no network's length."""

import unicodedata

import regex

# Marks that reorder or hide text: bidi controls, zero-width space, word joiner, byte-order mark.
# ZWJ and ZWNJ stay: emoji, Persian and Indic scripts need them.
_HIDDEN = regex.compile("[\u200b\u200e\u200f\u061c\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]")
_UNPRINTABLE = regex.compile(r"[\p{Cs}\p{Co}\p{Cn}]|(?![\t\n\r])\p{Cc}")
_SPACES = regex.compile(r"[ \t\n\r\f\v\u2028\u2029]+")

# X also takes U+FF20 for an at sign, and accepts a mention after any non-ASCII letter, so every
# at sign that touches something is parted from it (twitter-text's validMention, Mastodon's MENTION_RE).
_MENTION = regex.compile(r"[@＠](?=\S)")
_PART = "\u200b"

_ELLIPSIS = "…"
_TRAILING = " \t\n\u00a0\u202f,;:–—-«“‘([{/|&"


def plain(text: str) -> str:
    """One line of NFC text without control, bidi, hidden or unassigned characters."""
    text = _SPACES.sub(" ", _UNPRINTABLE.sub("", _HIDDEN.sub("", text)))
    return unicodedata.normalize("NFC", text).strip()


def plain_lines(text: str) -> str:
    """`plain`, line by line: a notice may have several."""
    return "\n".join(plain(line) for line in text.splitlines()).strip()


def harmless(text: str) -> str:
    """`plain` text whose at signs cannot become mentions: an invisible space parts them from the name."""
    return _MENTION.sub(lambda sign: sign.group() + _PART, plain(text))


def graphemes(text: str) -> list[str]:
    """What a reader calls characters (Unicode extended grapheme clusters)."""
    return regex.findall(r"\X", text)


def shortened(text: str, keep: int) -> str:
    """The first `keep` graphemes of `text` at most, cut at a word, with an ellipsis; whole where it fits.

    A text without a space near the cut (Chinese, one long word) is cut between graphemes.
    """
    units = graphemes(text)
    if len(units) <= keep:
        return text
    head = "".join(units[:keep])
    if not units[keep].isspace():
        head = _back_to_a_word(head)
    head = head.rstrip(_TRAILING + _PART)
    return head + _ELLIPSIS if head else ""


def _back_to_a_word(head: str) -> str:
    before, space, _ = head.rpartition(" ")
    return before if space and len(before) * 2 >= len(head) else head
