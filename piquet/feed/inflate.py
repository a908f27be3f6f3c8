"""The body of an answer, decompressed while it arrives and never beyond a limit; knows HTTP's codings only."""

import zlib
from collections.abc import AsyncIterator, Sequence

from piquet.errors import FeedError

_GZIP = b"\x1f\x8b"
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_BARE_DEFLATE = (
    -zlib.MAX_WBITS
)  # what some servers send for "deflate": https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.2


async def read_body(chunks: AsyncIterator[bytes], codings: Sequence[str], *, limit: int) -> bytes:
    """All of a body; `FeedError` beyond `limit` bytes (as sent or decompressed), or where a coding is not as said."""
    coding = _coding(codings)
    inflater = _Inflater(limit) if coding else None
    body = bytearray()
    received = 0
    async for chunk in chunks:
        received += len(chunk)
        body += inflater.inflate(chunk) if inflater else chunk
        if max(received, len(body)) > limit:
            raise FeedError(f"it is larger than {limit / 1e6:g} MB")
    if inflater and received:
        inflater.finish()
    return bytes(body)


def _coding(codings: Sequence[str]) -> str | None:
    """The one coding, or None; several on top of each other are how bombs are packed, and no feed needs them."""
    named = [
        coding for coding in (coding.strip().lower() for coding in codings) if coding not in ("", "identity")
    ]
    if len(named) > 1:
        raise FeedError(f"it is compressed {len(named)} times over ({', '.join(named[:3])})")
    if named and named[0] not in ("gzip", "x-gzip", "deflate"):
        raise FeedError(f"it is compressed with {named[0][:20]}, which was not asked for")
    return named[0] if named else None


class _Inflater:
    """gzip (with its further members), zlib or bare deflate, never more than `limit` bytes in all."""

    def __init__(self, limit: int) -> None:
        self._left = limit + 1
        self._stream = None
        self._held = b""

    def inflate(self, chunk: bytes) -> bytes:
        self._held += chunk
        if self._stream is None and len(self._held) < 2:
            return b""
        data, self._held = self._held, b""
        pieces = []
        while data and self._left > 0:
            piece, data = self._step(data)
            pieces.append(piece)
            self._left -= len(piece)
        return b"".join(pieces)

    def finish(self) -> None:
        if self._stream is None or not self._stream.eof:
            raise FeedError("it ended in the middle of its compressed body")

    def _step(self, data: bytes) -> tuple[bytes, bytes]:
        """Some output, and what input is left."""
        if self._stream is None or (self._stream.eof and data.startswith(_GZIP)):
            self._stream = zlib.decompressobj(_GZIP_OR_ZLIB if _has_header(data) else _BARE_DEFLATE)
        if self._stream.eof:
            return b"", b""  # padding after the end
        try:
            piece = self._stream.decompress(data, self._left)
        except zlib.error as error:
            raise FeedError("its compressed body is damaged") from error
        return piece, self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail


def _has_header(data: bytes) -> bool:
    """https://www.rfc-editor.org/rfc/rfc1950#section-2.2: the first two bytes of zlib are a multiple of 31."""
    return data.startswith(_GZIP) or (data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0)
