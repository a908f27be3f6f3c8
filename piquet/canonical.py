"""One spelling for each article's address, to tell articles apart; for identity only, never posted."""

import re
from urllib.parse import SplitResult, quote, unquote_plus, urlsplit

# Parameters that name where a reader came from and never which article it is.
# utm_: Google Analytics, support.google.com/analytics/answer/10917952; at_, xt: Piano (AT Internet),
# developers.atinternet-solutions.com; mtm_, pk_, piwik_: Matomo, matomo.org/faq/tracking-campaigns;
# ns_: comScore as BBC uses it; _hs, __hs: HubSpot; wt_: Mapp (Webtrekk) as Die Zeit and Der Spiegel use it.
_TRACKING_PREFIXES = ("utm_", "at_", "mtm_", "pk_", "piwik_", "ns_", "_hs", "__hs", "wt_mc", "wt_zmc")

# Whole names, by who appends them to links.
_TRACKING_OF = {
    "Google Ads and Analytics": ("gclid", "gclsrc", "dclid", "gbraid", "wbraid", "srsltid", "_ga", "_gl"),
    "Meta": ("fbclid", "igsh", "igshid"),
    "other networks": ("twclid", "ttclid", "li_fat_id", "msclkid", "yclid"),
    "Mailchimp": ("mc_cid", "mc_eid"),
    "Piano, as Le Monde and Mediapart use it": ("xtor", "xts", "xtref"),
    "The Guardian, the BBC": ("cmp", "cmpid", "ocid"),
    "Al Jazeera, Deutsche Welle": ("traffic_source", "maca"),
    "The New York Times": ("smid", "smtyp"),
    "The Washington Post, Reuters, the Daily Mail": ("wprss", "feedtype", "feedname", "ito"),
}
_TRACKING = frozenset(name for names in _TRACKING_OF.values() for name in names)

# Names by which others tell articles apart: tracking only where the value says RSS, and no number that an
# article might have (mod=rss_world, from=rss, source=rss2.0; not ref=rss-12345).
_SOURCES = frozenset(
    ("mod", "from", "src", "source", "ref", "partner", "emc", "via", "origin", "channel", "medium")
)
_SAYS_RSS = re.compile(r"(?:[a-z]+[-_.])*rss(?:2(?:\.?0)?)?(?:[^a-z\d][^\d]*)?", re.IGNORECASE)

_DEFAULT_PORTS = ("", "80", "443")
_HOST_AND_PORT = re.compile(r"(\[[^\]]*\]|[^:]*):(\d*)")
# RFC 3986, 2.3: an escaped unreserved character means the character itself; 3.3 and 3.4: what else may stand bare.
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_BARE = "!$&'()*+,;=:@/?%"
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def canonical_link(url: str) -> str:
    """The address without what does not tell articles apart; text that is no http(s) address comes back stripped.

    Never raises, and gives its own result back unchanged.
    """
    url = url.strip()
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    if parts.scheme not in ("http", "https") or not (host := _host(parts.netloc)):
        return url
    return f"https://{host}{_escaped(parts.path).rstrip('/')}{_query(parts.query)}{_fragment(parts)}"


def _host(netloc: str) -> str:
    host = netloc.lower().strip()
    match = _HOST_AND_PORT.fullmatch(host)
    return match[1].strip() if match and match[2] in _DEFAULT_PORTS else host


def _query(query: str) -> str:
    kept = [_escaped(pair) for pair in query.split("&") if pair and not _is_tracking(pair)]
    return "?" + "&".join(kept) if kept else ""


def _is_tracking(pair: str) -> bool:
    name, _, value = pair.partition("=")
    name = unquote_plus(name).strip().lower()
    if name in _SOURCES:
        return bool(_SAYS_RSS.fullmatch(unquote_plus(value).strip()))
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)


def _fragment(parts: SplitResult) -> str:
    # `#!` addressed pages of their own before browsers had history.pushState; every other fragment is a place in one.
    return "#" + _escaped(parts.fragment) if parts.fragment.startswith("!") else ""


def _escaped(text: str) -> str:
    whole = _STRAY_PERCENT.sub("%25", text)
    return quote(_ESCAPE.sub(_plain, whole), safe=_BARE, errors="surrogatepass")


def _plain(escape: re.Match[str]) -> str:
    code = int(escape[1], 16)
    return chr(code) if code in _UNRESERVED else escape[0].upper()
