"""One HTTP request to one network, and which of our errors a failure is; knows no network's own rules."""

import asyncio
import json
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlencode
from weakref import WeakSet

import httpx
import regex

from piquet import crashpoint
from piquet.errors import Busy, NetworkError, Refused, Rejected, Unsettled
from piquet.hiding import blacked_out
from piquet.tls import trust

MAX_BODY = 2_000_000
MAX_WORDS = 300

# With these nothing was sent: no connection was made, or none was free (python-httpx.org/exceptions).
_NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_ABOUT_THE_POST = {400, 409, 413, 414, 415, 422}
_SECONDS = regex.compile(r"[0-9]{1,12}(\.[0-9]+)?")
_LATER = {421, 423, 425, 429}
GONE = (404, 410)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer: at most MAX_BODY bytes of body; `at` is the server's own clock where it gave one."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    at: datetime

    @property
    def json(self) -> dict[str, Any]:
        """The JSON object in the body; empty when the body is anything else (a proxy's HTML, a cut text)."""
        parsed = self.parsed
        return parsed if isinstance(parsed, dict) else {}

    @property
    def parsed(self) -> Any:
        """Whatever JSON is in the body, or None."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def seconds_until(self, moment: datetime | None) -> float | None:
        """How long from this answer to that moment, never negative; None for None."""
        return None if moment is None else max(0.0, (moment - self.at).total_seconds())


class Wire:
    """The connection of one account: every failure leaves it as one of the four network errors."""

    def __init__(
        self,
        *,
        title: str,
        base: str,
        secrets: Collection[str],
        transport: httpx.AsyncBaseTransport | None,
        timeout: float,
    ) -> None:
        self.title = title
        self.base = (base if "://" in base else f"https://{base}").rstrip("/")
        self._secrets = set(secrets)
        _live.add(self)
        self._deadline = 3 * timeout  # httpx's read timeout starts again at every byte
        self._client = httpx.AsyncClient(
            transport=transport,
            verify=trust(),
            timeout=timeout,
            follow_redirects=False,
            headers={"User-Agent": "Piquet"},
            # A kept connection may be one that its server has just closed (snac says nothing of it): a post sent
            # there would be unsettled for no reason. Posts are few; each pays for a connection of its own.
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def __repr__(self) -> str:
        return f"{self.title} at {self.base.rpartition('@')[2]}"

    def hide(self, *secrets: str) -> None:
        """From now on these never stand in an error's text."""
        self._secrets |= set(secrets)

    def without_secrets(self, text: str) -> str:
        """The same text, our secrets blacked out in whatever form it repeats them."""
        return blacked_out(text, self._secrets)

    def url(self, path: str, params: Mapping[str, Any] | None = None) -> str:
        """The whole address of one call; `params` of None are left out."""
        given = {name: value for name, value in (params or {}).items() if value is not None}
        return f"{self.base}{path}" + (f"?{urlencode(given, doseq=True, quote_via=quote)}" if given else "")

    async def read(
        self, path: str, *, params: Mapping[str, Any] | None = None, headers: Mapping[str, str]
    ) -> Answer:
        """GET; nothing can have been posted, so every failure is `Busy`."""
        return await self._send(self._request("GET", self.url(path, params), headers), posts=False)

    async def write(
        self,
        path: str,
        *,
        headers: Mapping[str, str],
        method: str = "POST",
        json: Any = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        posts: bool = True,
    ) -> Answer:
        """POST or DELETE; a failure once the request may have left is `Unsettled`, or `Busy` when not `posts`."""
        request = self._request(
            method, self.url(path), headers, json=json, data=form, files=files, content=content
        )
        return await self._send(request, posts=posts)

    def words(self, text: object) -> str:
        """A network's words fit to be shown: on one line, shortened, our secrets blacked out."""
        shown = " ".join(self.without_secrets(str(text)).split())
        return shown if len(shown) <= MAX_WORDS else shown[: MAX_WORDS - 1] + "…"

    def says(self, status: int, text: object) -> str:
        """One sentence: who answered, with what, in which words."""
        words = self.words(text)
        return f"{self.title} answered {status}: {words}" if words else f"{self.title} answered {status}."

    def failure(
        self, answer: Answer, text: object, *, posts: bool, retry_after: float | None = None
    ) -> NetworkError:
        """The error an HTTP status alone stands for; a read says nothing of a post, so is never `Rejected`."""
        sentence = self.says(answer.status, text)
        if answer.status in _LATER:
            return Busy(sentence, retry_after=retry_after)
        if answer.status >= 500 or answer.status == 408 or answer.status < 300:
            return Unsettled(sentence) if posts else Busy(sentence, retry_after=retry_after)
        if answer.status in _ABOUT_THE_POST:
            return Rejected(sentence) if posts else Busy(sentence)
        if answer.status < 400:
            return Refused(f"{sentence} It sends us elsewhere: correct the account's server address.")
        return Refused(sentence)

    def act_failure(self, answer: Answer, text: object, *, retry_after: float | None = None) -> NetworkError:
        """The error of a change to a post that is there (pin, delete): it posts nothing and may be asked again."""
        if answer.status in _ABOUT_THE_POST or answer.status in GONE:
            return Rejected(self.says(answer.status, text))
        return self.failure(answer, text, posts=False, retry_after=retry_after)

    async def aclose(self) -> None:
        await self._client.aclose()

    def _request(self, method: str, url: str, headers: Mapping[str, str], **content: Any) -> httpx.Request:
        # httpx quotes an illegal header whole in its error, and the header is the secret.
        if not all(value.isascii() and value.isprintable() for value in headers.values()):
            raise Refused(f"{self.title}: the account's token has characters no token has: enter it again.")
        try:
            return self._client.build_request(method, url, headers=headers, **content)
        except httpx.InvalidURL:
            raise Refused(f"{self.title}: the account's server address is not a web address.") from None
        except UnicodeEncodeError:
            raise Rejected(f"{self.title}: the post holds half a character, which cannot be sent.") from None

    async def _send(self, request: httpx.Request, *, posts: bool) -> Answer:
        if posts and crashpoint.armed():
            request.extensions = {**request.extensions, "trace": crashpoint.on_the_wire}
        try:
            async with asyncio.timeout(self._deadline):
                return await self._answer(request)
        except _NEVER_LEFT as error:
            raise Busy(self._cut("could not be reached", error)) from None
        except (httpx.HTTPError, TimeoutError) as error:
            sentence = self._cut("gave no whole answer", error)
            raise (Unsettled(sentence) if posts else Busy(sentence)) from None

    async def _answer(self, request: httpx.Request) -> Answer:
        response = await self._client.send(request, stream=True)
        try:
            body = b""
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_BODY:
                    break
        finally:
            await response.aclose()
        return Answer(
            status=response.status_code, headers=response.headers, body=body[:MAX_BODY], at=_clock(response)
        )

    def _cut(self, what: str, error: Exception) -> str:
        reason = self.words(error)
        return f"{self.title} {what} ({type(error).__name__}{': ' if reason else ''}{reason})."


def of_no_post(failure: NetworkError) -> NetworkError:
    """The same of a request that posts nothing by itself, such as an upload: what is unclear may be asked again."""
    return Busy(str(failure)) if isinstance(failure, Unsettled) else failure


_live: WeakSet[Wire] = WeakSet()


def _quietly(record: logging.LogRecord) -> bool:
    """httpx logs every address, and some networks want their token in it; httpcore logs what came back."""
    text = record.getMessage()
    for wire in list(_live):
        text = wire.without_secrets(text)
    record.msg, record.args = text, ()
    return True


# A filter on a logger does not see what its children log: each is named.
for _name in ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy"):
    logging.getLogger(_name).addFilter(_quietly)


def seconds(text: str | None) -> float | None:
    """A number in a header, or None: headers are written by proxies too."""
    return float(text) if text and _SECONDS.fullmatch(text) else None


def epoch(text: str | None) -> datetime | None:
    """A header that holds Unix seconds, as a moment."""
    try:
        return datetime.fromtimestamp(seconds(text), UTC) if seconds(text) else None
    except (ValueError, OverflowError, OSError):
        return None


def moment(text: object) -> datetime | None:
    """An ISO 8601 time with its zone, in UTC; None for anything else."""
    try:
        parsed = datetime.fromisoformat(str(text))
        return parsed.astimezone(UTC) if parsed.tzinfo else None
    except (ValueError, OverflowError):  # the first or last day there is, in a zone before or behind
        return None


def _clock(response: httpx.Response) -> datetime:
    """The server's Date: waits and times then do not depend on this machine's clock being right."""
    try:
        at = parsedate_to_datetime(response.headers["date"])
        return at.astimezone(UTC) if at.tzinfo else datetime.now(UTC)
    except (KeyError, ValueError, OverflowError):
        return datetime.now(UTC)
