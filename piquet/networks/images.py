"""A picture made fit for a network: fetched by whoever is allowed to, and small enough; it knows no network."""

import asyncio
import io
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from piquet import entry
from piquet.errors import PiquetError
from piquet.post import Post

# Answers the bytes at an address, at most as many as it was asked for; PiquetError where it cannot.
Fetch = Callable[[str, int], Awaitable[bytes]]

MAX_DOWNLOAD = 10_000_000
# Seconds for an upload: well under what a lease leaves for making a post ready, or a slow one would cost the post.
UPLOAD_S = 10.0
_MAX_PIXELS = 50_000_000  # a few kilobytes can claim more than the memory holds
_LONGEST_SIDE, _SHORTEST_SIDE = 2000, 50
_QUALITIES = (85, 70)
_AS_IT_IS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}

logger = logging.getLogger(__name__)


class Unfit(PiquetError):
    """The picture cannot be used; the sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The bytes to upload, their media type, width and height in pixels."""

    data: bytes = field(repr=False)
    media_type: str
    width: int
    height: int


def attached(post: Post) -> entry.Image | None:
    """The picture of a post without a link; one with a link has a card, and the card shows it."""
    return post.card.image if post.card and not post.link else None


async def picture(url: str, fetch: Fetch | None, *, max_bytes: int) -> Picture | None:
    """The picture at an address, made fit; None where there is none to be had: it never costs the post."""
    if fetch is None:
        return None
    try:
        return await asyncio.to_thread(fit, await fetch(url, MAX_DOWNLOAD), max_bytes)
    except PiquetError as error:
        logger.warning("The post goes without its picture: %s", error)
    except Exception as error:  # whatever a stranger's file does to a decoder, or its server to a connection
        logger.warning("The post goes without its picture: %s.", type(error).__name__)
    return None


def fit(data: bytes, max_bytes: int) -> Picture:
    """As it is where it is small enough and carries no metadata, else smaller as JPEG; raises Unfit."""
    from PIL import Image, ImageOps  # 0.1 s, and most posts upload nothing

    with Image.open(io.BytesIO(data)) as opened:
        if opened.width * opened.height > _MAX_PIXELS:
            raise Unfit(f"the picture has {opened.width} x {opened.height} pixels, more than {_MAX_PIXELS}.")
        if opened.format in _AS_IT_IS and len(data) <= max_bytes and not opened.getexif():
            opened.load()
            return _picture(data, _AS_IT_IS[opened.format], opened.size)
        upright = ImageOps.exif_transpose(opened)
    flat = _without_transparency(upright)
    side = min(max(flat.size), _LONGEST_SIDE)
    while side >= _SHORTEST_SIDE:
        smaller = ImageOps.contain(flat, (side, side)) if max(flat.size) > side else flat
        for quality in _QUALITIES:
            made = io.BytesIO()
            smaller.save(made, "JPEG", quality=quality, optimize=True)
            if made.tell() <= max_bytes:
                return _picture(made.getvalue(), "image/jpeg", smaller.size)
        side = side * 7 // 10
    raise Unfit(f"the picture does not get under {max_bytes} bytes.")


def _without_transparency(image):
    """On white, as a reader's page would show it: JPEG has no transparency."""
    from PIL import Image

    with_alpha = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", with_alpha.size, "white"), with_alpha).convert("RGB")


def _picture(data: bytes, media_type: str, size: tuple[int, int]) -> Picture:
    return Picture(data=data, media_type=media_type, width=size[0], height=size[1])
