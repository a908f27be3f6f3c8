"""A picture is made fit for a network or left out; it never costs the post."""

import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from piquet import entry
from piquet.errors import FeedError
from piquet.networks.images import Unfit, attached, fit, picture
from piquet.post import Card, Post

ONE_MB = 1_000_000


def encoded(image: Image.Image, kind: str, **more: object) -> bytes:
    made = io.BytesIO()
    image.save(made, kind, **more)
    return made.getvalue()


def noise(width: int, height: int) -> Image.Image:
    """What compresses worst."""
    return Image.frombytes("RGB", (width, height), random.Random(7).randbytes(3 * width * height))


def fetching(answer: bytes | Exception):
    async def fetch(url: str, at_most: int) -> bytes:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return fetch


@pytest.mark.parametrize(
    ("kind", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")]
)
def test_a_small_picture_goes_as_it_is(kind, media_type):
    data = encoded(Image.new("RGB", (60, 40), "crimson"), kind)
    ready = fit(data, ONE_MB)
    assert (ready.data, ready.media_type, ready.width, ready.height) == (data, media_type, 60, 40)


def test_a_big_picture_becomes_a_smaller_jpeg_of_the_same_shape():
    data = encoded(noise(1800, 1200), "PNG")
    assert len(data) > 6 * ONE_MB
    ready = fit(data, ONE_MB)
    assert len(ready.data) <= ONE_MB
    assert ready.media_type == "image/jpeg"
    assert ready.width / ready.height == pytest.approx(1.5, abs=0.01)
    assert Image.open(io.BytesIO(ready.data)).size == (ready.width, ready.height)


def test_where_it_was_taken_is_not_published_and_it_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010E] = "rue de la Source 12"
    data = encoded(Image.new("RGB", (60, 40), "crimson"), "JPEG", exif=exif)
    ready = fit(data, ONE_MB)
    assert b"Source" in data
    assert b"Source" not in ready.data
    assert (ready.width, ready.height) == (40, 60)


def test_what_is_transparent_becomes_white():
    data = encoded(Image.new("RGBA", (60, 40), (0, 0, 0, 0)), "TIFF")
    assert Image.open(io.BytesIO(fit(data, ONE_MB).data)).getpixel((5, 5)) == (255, 255, 255)


def test_a_picture_that_claims_more_pixels_than_memory_holds_is_unfit():
    data = encoded(Image.new("1", (9000, 9000)), "PNG")
    assert len(data) < 50_000
    with pytest.raises(Unfit, match="9000 x 9000"):
        fit(data, ONE_MB)


def test_a_picture_that_does_not_get_small_enough_is_unfit():
    with pytest.raises(Unfit, match="under 300 bytes"):
        fit(encoded(noise(50, 50), "PNG"), 300)


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 600), st.integers(1, 600), st.integers(20_000, 200_000))
def test_whatever_its_size_it_ends_within_the_bound(width, height, bound):
    assert len(fit(encoded(noise(width, height), "PNG"), bound).data) <= bound


@pytest.mark.parametrize(
    "answer",
    [b"", b"<html>404</html>", encoded(noise(50, 50), "PNG")[:600], FeedError("not there"), OSError("reset")],
    ids=["empty", "a page", "cut", "not to be had", "broken connection"],
)
async def test_whatever_goes_wrong_there_is_no_picture_and_no_error(answer, caplog):
    assert await picture("https://journal.example/une.png", fetching(answer), max_bytes=ONE_MB) is None
    assert "without its picture" in caplog.text


async def test_without_somebody_to_fetch_it_there_is_none():
    assert await picture("https://journal.example/une.png", None, max_bytes=ONE_MB) is None


def test_only_a_post_without_a_link_has_its_picture_attached():
    image = entry.Image(url="https://journal.example/une.png", alt="Une")
    card = Card(title="Une", image=image)
    assert attached(Post(text="Rappel", card=card)) == image
    assert attached(Post(text="Article", card=card, link="https://journal.example/1")) is None
    assert attached(Post(text="Rappel")) is None
