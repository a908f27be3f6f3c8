"""A status as Mastodon's HTML: links and hashtags wrapped as its TextFormatter does."""

from html import escape

import regex

from piquet.wall.text import Span, linked


def content(text: str, base: str) -> str:
    """The status as HTML, links and hashtags wrapped as Mastodon's TextFormatter does."""
    parts, at = [], 0
    for span in linked(text):
        parts += [escape(text[at : span.start]), _anchor(span, base)]
        at = span.end
    html = "".join([*parts, escape(text[at:])]).replace("\r\n", "\n")
    paragraphs = regex.split(r"\n{2,}", html)
    return "".join(f"<p>{p}</p>" for p in paragraphs).replace("\n", "<br />")


def _anchor(span: Span, base: str) -> str:
    if span.kind == "tag":
        href = escape(f"{base}/mastodon/tags/{span.target.lower()}")
        return f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{escape(span.target)}</span></a>'
    prefix = regex.match(r"https?://(?:www\.)?", span.target, regex.IGNORECASE).group()
    rest = span.target[len(prefix) :]
    cut = "ellipsis" if len(rest) > 30 else ""
    return (
        f'<a href="{escape(span.target)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{escape(prefix)}</span><span class="{cut}">{escape(rest[:30])}</span>'
        f'<span class="invisible">{escape(rest[30:])}</span></a>'
    )
