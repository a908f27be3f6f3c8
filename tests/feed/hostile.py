"""Documents made to hurt a parser, of any size; generated, never stored."""

from collections.abc import Callable

ENTRY = "<item><title>A</title><link>https://paper.example/a</link></item>"
_INSIDE = ENTRY.removeprefix("<item>")
_ATTRIBUTE = 'a#="1" '
_PICTURE = '<media:content url="https://paper.example/#.jpg"/>'
_ENTITY = '<!ENTITY a# "x">'
_JSON = '{"version":"https://jsonfeed.org/version/1.1","title":"J","items":['
_TITLE = '"title":"' + "\\"
_SURROGATES = '{"id":1,"url":"https://paper.example/1","title":"'
_JSON_ENTRY = '{"id":1,"url":"https://paper.example/1"},'


def _rss(inside: str, attributes: str = "") -> str:
    return f'<?xml version="1.0"?><rss version="2.0"{attributes}><channel><title>T</title>{inside}</channel></rss>'


def _atom(inside: str) -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title>{inside}</feed>'


def _media(inside: str) -> str:
    return _rss(inside, ' xmlns:media="http://search.yahoo.com/mrss/"')


def _times(text: str, size: int) -> str:
    return text * (size // len(text))


def _numbered(form: str, size: int) -> str:
    """The form with 0, 1, 2... in place of #."""
    return "".join(form.replace("#", str(number)) for number in range(size // (len(form) + 4)))


def _bomb(size: int) -> str:
    levels = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))
    return f'<!DOCTYPE rss [<!ENTITY e0 "ha">{levels}]>' + _rss(ENTRY.replace(">A<", ">&e9;<"))


DOCUMENTS: dict[str, Callable[[int], str]] = {
    "one element with all attributes": lambda n: _rss(f"<item {_numbered(_ATTRIBUTE, n)}>" + _INSIDE),
    "elements with many attributes": lambda n: _rss(
        _times(f"<a {_numbered(_ATTRIBUTE, 9_000)}/>", n) + ENTRY
    ),
    "a crowd of namespaces": lambda n: _rss(_numbered('<x#:a xmlns:x#="urn:#"/>', n) + ENTRY),
    "a crowd of default namespaces": lambda n: _rss(_numbered('<a xmlns="urn:#"/>', n) + ENTRY),
    "a crowd of undeclared prefixes": lambda n: _rss(_numbered("<p#:a/>", n) + ENTRY),
    "a crowd of categories": lambda n: _rss(f"<item>{_numbered('<category>#</category>', n)}" + _INSIDE),
    "a crowd of keywords": lambda n: _rss(f"<item><tags>{_numbered('#,', n)}</tags>" + _INSIDE),
    "a crowd of links": lambda n: _rss(f"<item>{_times('<link>https://paper.example/a</link>', n)}</item>"),
    "a crowd of pictures": lambda n: _media(f"<item>{_numbered(_PICTURE, n)}" + _INSIDE),
    "a crowd of embedded pictures": lambda n: _rss(
        f"<item><description><![CDATA[{_times('<img src=x>', n)}]]></description>" + _INSIDE
    ),
    "a crowd of empty entries": lambda n: _rss(_times("<item/>", n) + ENTRY),
    "a crowd of entries": lambda n: _rss(_numbered(ENTRY.replace("/a<", "/#<"), n)),
    "entries in entries": lambda n: _rss(_times("<item>", n // 2) + _times("</item>", n // 2)),
    "a huge author": lambda n: _rss(f"<item><author>{'a' * n}</author>" + _INSIDE),
    "a huge title": lambda n: _rss(
        f"<item><title>{'a' * n}</title><link>https://paper.example/a</link></item>"
    ),
    "a huge id": lambda n: _rss(f"<item><guid>{'a' * n}</guid>" + _INSIDE),
    "a huge link": lambda n: _rss(
        f"<item><title>A</title><link>https://paper.example/{'a' * n}</link></item>" + ENTRY
    ),
    "a huge date": lambda n: _rss(f"<item><pubDate>{_times('1:', n)}</pubDate>" + _INSIDE),
    "a title of opening tags": lambda n: _rss(f"<item><title>{_times('&lt;b', n)}</title>" + _INSIDE),
    "a title of CDATA sections": lambda n: _rss(
        f"<item><title>{_times('<![CDATA[]]>', n)}</title>" + _INSIDE
    ),
    "a title of ampersands": lambda n: _rss(f"<item><title>{'&' * n}</title>" + _INSIDE),
    "a title of entities": lambda n: _rss(f"<item><title>{_times('&nbsp;', n)}</title>" + _INSIDE),
    "a title of NULs": lambda n: _rss(f"<item><title>{_times('&#0;' + chr(0), n)}</title>" + _INSIDE),
    "a title of double encoding": lambda n: _rss(f"<item><title>{_times('Ã©', n)}</title>" + _INSIDE),
    "a summary of open boxes": lambda n: _rss(
        f"<item><description>{_times('&lt;div>', n)}</description>" + _INSIDE
    ),
    "an XHTML title of spaces": lambda n: _atom(
        '<entry><title type="xhtml">'
        + _times(" <!-- -->", n)
        + 'x</title><link href="https://paper.example/a"/></entry>'
    ),
    "deep elements": lambda n: _rss(_times("<a>", n // 2) + _times("</a>", n // 2) + ENTRY),
    "deep elements never closed": lambda n: _rss(_times("<a>", n) + ENTRY),
    "deep markup": lambda n: _atom(
        '<entry><content type="xhtml">'
        + _times("<b>", n // 2)
        + _times("</b>", n // 2)
        + "</content></entry>"
    ),
    "only opening brackets": lambda n: _rss("<" * n + ENTRY),
    "CDATA never closed": lambda n: _rss(_times("<![CDATA[", n) + ENTRY),
    "comments never closed": lambda n: _rss(_times("<!--", n) + ENTRY),
    "an attribute never closed": lambda n: _rss('<item a="' + "'" * n + ENTRY),
    "closing tags without opening": lambda n: _rss(_times("</a>", n) + ENTRY),
    "document types": lambda n: _times("<!DOCTYPE [", n) + _rss(ENTRY),
    "declarations before the feed": lambda n: _times("<?a ?>", n) + _rss(ENTRY),
    "white space before the feed": lambda n: " " * n + _rss(ENTRY),
    "an entity bomb": _bomb,
    "a crowd of entities": lambda n: f"<!DOCTYPE rss [{_numbered(_ENTITY, n)}]>" + _rss(ENTRY),
    "deep JSON": lambda n: _JSON + "[" * n,
    "JSON of numbers": lambda n: _JSON + "9" * n,
    "JSON cut after many entries": lambda n: _JSON + _times(_JSON_ENTRY, n),
    "JSON of titles": lambda n: _JSON.replace('"items":[', _times(_TITLE, n)),
    "JSON of surrogates": lambda n: _JSON + _SURROGATES + _times("\\ud800", n) + '"}]}',
}
