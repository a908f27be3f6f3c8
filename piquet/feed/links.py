"""Which address of an entry is the article's, and whether a reader may be sent there; pure."""

import contextlib
import re
import socket
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import urljoin, urlsplit

LONGEST = 2_048  # beyond it proxies and networks refuse an address: https://www.rfc-editor.org/rfc/rfc9110#section-4.1
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_SLASHES = re.compile(r"^(https?):/*(?=[^/])", re.IGNORECASE)
_BARE_HOST = re.compile(r"^www\.[\w-]+(\.[\w-]+)+(/|$)", re.IGNORECASE)
_NETLOC = re.compile(r"(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::\d*)?")  # no user info, space, escape or backslash
_PRIVATE_NAMES = (".localhost", ".local", ".internal", ".localdomain", ".home.arpa")
# FeedBurner and feedsportal under a newspaper's own host (feeds.reuters.com): their paths tell them.
_PROXY_PATH = re.compile(r"/~r/.+/~3/|/c/\d+/f/\d+/s/")
_PROXIES = ("feedproxy.google.com", "feeds.feedburner.com", "feedsportal.com", "pheedo.com")
_PAGES = ("", "text/html", "application/xhtml+xml", "text/plain")


def usable_link(raw: str, *, base: str = "") -> str | None:
    """An absolute http or https address without user info, or None; `base` resolves relative ones.

    An address of this machine or network is usable only where `base` is on that same host.
    """
    link = _UNSEEN.sub("", raw[: LONGEST * 2]).strip().replace(" ", "%20")
    if not link or len(link) > LONGEST:
        return None
    try:
        link = _absolute(link, base)
        parts = urlsplit(link)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    if not good or not _NETLOC.fullmatch(parts.netloc):
        return None
    return link if _is_public(parts.hostname) or parts.hostname == _host(base) else None


def article_link(entry: Mapping[str, Any], *, feed_url: str, home: str = "") -> str | None:
    """The article's address: the original behind a proxy, else the entry's alternate link, else its permalink."""
    for key in ("feedburner_origlink", "pheedo_origlink"):
        original = usable_link(_text(entry.get(key)), base=feed_url)
        if original:
            return original
    permalink = _permalink(entry, feed_url)
    candidates = _candidates(entry.get("piquet_links", ()), feed_url, home)
    if permalink and (permalink in candidates or not candidates or _is_proxy(candidates[0])):
        return permalink
    return candidates[0] if candidates else None


def literal_address(host: str) -> IPv4Address | IPv6Address | None:
    """The address a host is when it is no name, in any disguise (2130706433, 0x7f.1, 0177.0.0.1, [::1])."""
    host = host.strip("[]").rstrip(".").partition("%")[0]
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _candidates(links: Sequence[Mapping[str, Any]], feed_url: str, home: str) -> list[str]:
    """The usable addresses of the alternate links: the entry's own children first, then RSS's own link, then pages."""
    alternate = [link for link in links if link["rel"] in ("", "alternate") and link["href"]]
    usable = (
        usable_link(_unescaped(link["href"]), base=_base(link["base"], feed_url, home))
        for link in sorted(alternate, key=_remoteness)
    )
    return [link for link in usable if link]


def _remoteness(link: Mapping[str, Any]) -> tuple[bool, bool, bool]:
    """`written`: as text, which RSS's own link is, and Atom's beside it is not."""
    return not link["direct"], not link.get("written"), link["type"] not in _PAGES


def _permalink(entry: Mapping[str, Any], feed_url: str) -> str | None:
    """The guid where it is an address by itself and not said to be none."""
    guid = _text(entry.get("piquet_guid"))
    if entry.get("guid_permalink") not in ("", "true", None) or not guid.lower().startswith(
        ("http://", "https://")
    ):
        return None
    return usable_link(guid, base=feed_url)


def _absolute(link: str, base: str) -> str:
    if _BARE_HOST.match(link):
        return "http://" + link
    if re.match(r"[a-z][a-z0-9+.-]*:", link, re.IGNORECASE):
        return _SLASHES.sub(r"\1://", link)
    return urljoin(base, link)


def _base(own: str, feed_url: str, home: str) -> str:
    """xml:base; else the feed's own address, or its home page where a proxy serves the feed."""
    if own:
        with contextlib.suppress(ValueError):
            return urljoin(feed_url, own)
    return home if home and _host(home) != _host(feed_url) else feed_url


def _unescaped(href: str) -> str:
    return href.replace("&amp;", "&").replace("&#38;", "&").replace("&#038;", "&")


def _is_proxy(link: str) -> bool:
    host = _host(link)
    known = any(host == proxy or host.endswith("." + proxy) for proxy in _PROXIES)
    return known or bool(_PROXY_PATH.match(urlsplit(link).path))


def _is_public(host: str) -> bool:
    address = literal_address(host)
    return address.is_global if address else not f".{host}".rstrip(".").endswith(_PRIVATE_NAMES)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def shown(url: str) -> str:
    """A feed's address for a person to read, without what may be secret in it: user info and query."""
    head, mark, rest = url.partition("://")
    host, slash, path = rest.partition("#")[0].partition("?")[0].partition("/")
    return f"{head}{mark}{host.rpartition('@')[2]}{slash}{path}" if mark else url
