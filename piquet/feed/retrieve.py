"""One feed's body from its server or file, only if it changed; it does not know what a feed looks like inside."""

import asyncio
import stat
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from piquet.errors import FeedError
from piquet.feed.address import checked_addresses
from piquet.feed.fingerprint import fingerprint
from piquet.feed.inflate import read_body
from piquet.feed.links import shown
from piquet.feed.rules import RetrieveRules
from piquet.feed.state import FeedState

_ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_PERMANENT = frozenset((301, 308))
_LONGEST_WAIT = timedelta(days=1)
_LONGEST_VALIDATOR = 1_000
_TRIES = 3  # addresses of one host


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """`body` is None where unchanged; `url` is where it came from in the end, `state` what to store once it is read.

    `permanent_url`: the server said that the feed has moved there for good.
    """

    body: bytes | None
    headers: Mapping[str, str]
    url: str
    state: FeedState
    permanent_url: str | None = None

    @property
    def unchanged(self) -> bool:
        return self.body is None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """The final answer after redirects, or a file; `body` is None for 304."""

    url: str
    headers: httpx.Headers
    body: bytes | None
    moved_to: str | None = None


async def retrieve(
    url: str, *, state: FeedState, client: httpx.AsyncClient, rules: RetrieveRules, now: datetime
) -> Retrieved:
    """The feed's body if it changed since `state`; `FeedError` says in one sentence why there is none."""
    if not url.lower().startswith(("http://", "https://")):
        return _from_file(url, state, rules, now)
    try:
        async with asyncio.timeout(rules.deadline):
            answer = await _answer(url, state, client, rules, now)
    except TimeoutError as error:
        raise FeedError(f"{shown(url)} did not answer whole within {rules.deadline:g} seconds.") from error
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        raise FeedError(f"{shown(url)} could not be read: {_reason(error)}.") from error
    return _judged(answer, state, now)


async def _answer(
    url: str, state: FeedState, client: httpx.AsyncClient, rules: RetrieveRules, now: datetime
) -> _Answer:
    """Follow redirects, each address checked, to an answer that counts."""
    moved_to, for_good = None, True
    for _ in range(rules.max_redirects + 1):
        response = await _request(url, state, client, rules)
        try:
            if response.status_code not in _REDIRECTS:
                body = await _body(response, url, rules, now)
                return _Answer(url=url, headers=response.headers, body=body, moved_to=moved_to)
            for_good = for_good and response.status_code in _PERMANENT
            url = _next(url, response)
            moved_to = url if for_good else moved_to
        finally:
            await response.aclose()
    raise FeedError(f"{shown(url)} is the end of more than {rules.max_redirects} redirects.")


async def _request(
    url: str, state: FeedState, client: httpx.AsyncClient, rules: RetrieveRules
) -> httpx.Response:
    """Ask one host, at an address that was checked: what is connected to is never looked up again."""
    target = _target(url)
    host = target.raw_host.decode("ascii")
    port = target.port or {"http": 80, "https": 443}[target.scheme]
    addresses = await checked_addresses(host, port, allowed_hosts=rules.allowed_hosts)
    for left, address in zip(range(_TRIES - 1, -1, -1), addresses, strict=False):
        # A bare request: the client's cookies and defaults belong to no address.
        request = httpx.Request(
            "GET",
            target.copy_with(host=address, fragment=None),
            headers=_headers(target, state, rules),
            extensions={"timeout": httpx.Timeout(rules.read_timeout).as_dict(), "sni_hostname": host},
        )
        try:
            return await client.send(request, stream=True, auth=None, follow_redirects=False)
        except httpx.ConnectError:
            if not left or address == addresses[-1]:
                raise
    raise FeedError(f"The name {host} has no address.")


def _target(url: str) -> httpx.URL:
    target = httpx.URL(url)
    if target.scheme not in ("http", "https") or not target.host:
        raise FeedError(f"{shown(url)[:200]} is no http or https address, so no feed is read from it.")
    if target.userinfo:
        raise FeedError(
            f"{shown(url)} carries a user name or password, which logs would show: give it without."
        )
    return target


def _headers(target: httpx.URL, state: FeedState, rules: RetrieveRules) -> dict[str, str]:
    headers = {
        "Host": target.netloc.decode("ascii"),
        "User-Agent": rules.user_agent,
        "Accept": _ACCEPT,
        "Accept-Encoding": "gzip, deflate",
        "Connection": "close",  # the next host may share the address, and must not share the connection
    }
    conditions = {"If-None-Match": state.etag, "If-Modified-Since": state.last_modified}
    return headers | {name: value for name, value in conditions.items() if value}


def _next(url: str, response: httpx.Response) -> str:
    location = response.headers.get("location", "")
    if not location:
        raise FeedError(f"{shown(url)} redirects without saying where to.")
    return str(httpx.URL(url).join(location))


async def _body(response: httpx.Response, url: str, rules: RetrieveRules, now: datetime) -> bytes | None:
    """The body of an answer that is one; None for 304."""
    status = response.status_code
    if status == 304:
        return None
    if status not in (200, 203):
        raise _refusal(response, url, now)
    try:
        codings = response.headers.get_list("content-encoding", split_commas=True)
        if int(_digits(response.headers.get("content-length"))) > rules.max_bytes:
            raise FeedError(f"it is larger than {rules.max_bytes / 1e6:g} MB")
        return await read_body(response.aiter_raw(), codings, limit=rules.max_bytes)
    except FeedError as error:
        raise FeedError(f"{shown(url)} is not read: {error}.") from error


def _refusal(response: httpx.Response, url: str, now: datetime) -> FeedError:
    status, phrase = response.status_code, response.reason_phrase[:60]
    wait = _retry_after(response.headers.get("retry-after", ""), now) if status in (429, 503) else None
    asks = f" and asks to come back in {wait:.0f} seconds" if wait else ""
    return FeedError(f"{shown(url)} answered {status} {phrase}".rstrip() + f"{asks}.", retry_after=wait)


def _retry_after(value: str, now: datetime) -> float | None:
    """Seconds: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3, a day at most."""
    if value.strip().isdecimal():
        seconds = float(value.strip()[:10])
    else:
        try:
            date = parsedate_to_datetime(value)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        seconds = ((date if date.tzinfo else date.replace(tzinfo=UTC)) - now).total_seconds()
    return min(max(seconds, 0.0), _LONGEST_WAIT.total_seconds())


def _validators(answer: _Answer, state: FeedState) -> tuple[str | None, str | None]:
    """ETag and Last-Modified to send next time; a 304 may leave out what has not changed."""
    etag, modified = (_validator(answer.headers.get(name)) for name in ("etag", "last-modified"))
    return (etag or state.etag, modified or state.last_modified) if answer.body is None else (etag, modified)


def _validator(value: str | None) -> str | None:
    good = value and value.isascii() and value.isprintable() and len(value) <= _LONGEST_VALIDATOR
    return value if good else None


def _judged(answer: _Answer, state: FeedState, now: datetime) -> Retrieved:
    """The answer's body, unless it is the one already known."""
    known = state.body_sha256
    sha256 = known if answer.body is None else fingerprint(answer.body)
    etag, modified = _validators(answer, state)
    fresh = FeedState(url=state.url, etag=etag, last_modified=modified, body_sha256=sha256, ok_at=now)
    is_same = known is not None and sha256 == known
    return Retrieved(
        body=None if is_same else answer.body,
        headers=dict(answer.headers),
        url=answer.url,
        state=fresh,
        permanent_url=answer.moved_to,
    )


def _from_file(url: str, state: FeedState, rules: RetrieveRules, now: datetime) -> Retrieved:
    scheme = urlsplit(url).scheme if "://" in url else "file"
    if scheme != "file":
        raise FeedError(f"{shown(url)[:200]} is no http or https address, so no feed is read from it.")
    if not rules.allow_files:
        raise FeedError(
            f"{url[:200]} is a file, and this outlet may not read files; allow it or give an http address."
        )
    path = Path(unquote(url.partition("://")[2]) if "://" in url else url)
    try:
        body = _read(path, rules.max_bytes)
    except (OSError, ValueError) as error:
        raise FeedError(
            f"The file {path} could not be read: {getattr(error, 'strerror', '') or 'its name is malformed'}."
        ) from error
    return _judged(_Answer(url=url, headers=httpx.Headers(), body=body), state, now)


def _read(path: Path, limit: int) -> bytes:
    if not stat.S_ISREG(path.stat().st_mode):
        raise FeedError(f"{path} is no ordinary file.")  # a device or pipe may never end
    with path.open("rb") as file:
        body = file.read(limit + 1)
    if len(body) > limit:
        raise FeedError(f"{path} is larger than {limit / 1e6:g} MB.")
    return body


def _reason(error: Exception) -> str:
    """What went wrong on the way, in a few words."""
    if isinstance(error, httpx.RemoteProtocolError):
        return "its answer ended early or was no HTTP"
    if isinstance(error, httpx.TimeoutException):
        return "it was silent for too long"
    if isinstance(error, httpx.ConnectError):
        return "its certificate is not good" if "CERTIFICATE" in str(error).upper() else "no connection"
    return "its address is malformed" if isinstance(error, httpx.InvalidURL) else "the connection broke"


def _digits(value: str | None) -> str:
    return value.strip()[:20] if value and value.strip().isdecimal() else "0"


def restarted(state: FeedState) -> FeedState:
    """A state that asks for the whole body again: what was read last was not all of it."""
    return replace(state, etag=None, last_modified=None, body_sha256=None)
