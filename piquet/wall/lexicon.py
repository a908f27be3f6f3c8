"""What a PDS takes as an app.bsky.feed.post record, in its words; knows no account and no HTTP.

https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/post.json
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import regex

from piquet.wall.text import graphemes

POST = "app.bsky.feed.post"
TID = regex.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
_DATETIME = regex.compile(
    r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{1,20})?(Z|[+-][0-2][0-9]:[0-5][0-9])"
)
_LANGUAGE = regex.compile(r"(i|[a-z]{2,3})(-[a-zA-Z0-9]+)*")
_URI = regex.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{0,80}:[^\s]+")
THUMB_BYTES = 1_000_000
IMAGE_BYTES = 2_000_000  # raised from 1 MB on 2026-04-08


class Invalid(Exception):
    """The record breaks the lexicon; the text is what the PDS says."""


def cid(value: Any) -> str:
    """A stable content id: shaped like a real one, but hashed from canonical JSON instead of DAG-CBOR."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return cid_of_bytes(canonical.encode(), codec=0x71)


def cid_of_bytes(data: bytes, *, codec: int = 0x55) -> str:
    """CIDv1, sha2-256, base32; codec 0x55 is raw bytes, as for blobs."""
    raw = bytes([1, codec, 0x12, 0x20]) + hashlib.sha256(data).digest()
    return "b" + base64.b32encode(raw).decode().lower().rstrip("=")


def check_rkey(rkey: Any) -> None:
    """Posts are keyed by a TID."""
    if not isinstance(rkey, str) or not TID.fullmatch(rkey):
        raise Invalid("Invalid TID string")


def check_post(record: Mapping[str, Any], blobs: Mapping[str, Any]) -> None:
    """Raise Invalid at the first breach; `blobs` are the uploaded ones by CID."""
    if record.get("$type") != POST:
        raise Invalid(f"Invalid $type, expected {POST}, got {record.get('$type')}")
    _check_string(record, "text", maximum=3000)
    if graphemes(record["text"]) > 300:
        raise Invalid(f"grapheme too big (maximum 300, got {graphemes(record['text'])}) at $.text")
    check_datetime(record.get("createdAt"))
    _check_languages(record.get("langs", []))
    for number, facet in enumerate(_array(record, "facets")):
        _check_facet(facet, f"$.facets[{number}]")
    if "embed" in record:
        _check_embed(record["embed"], blobs)
    if "reply" in record:
        _check_reply(record["reply"])


def check_datetime(value: Any) -> datetime:
    """RFC 3339 with a zone, and a day that exists."""
    if not isinstance(value, str) or not _DATETIME.fullmatch(value) or value.endswith("-00:00"):
        raise Invalid(f"Invalid datetime (got {json.dumps(value)}) at $.createdAt")
    try:
        return datetime.fromisoformat(regex.sub(r"\.(\d{6})\d+", r".\1", value))
    except ValueError:
        raise Invalid(f"Invalid datetime (got {json.dumps(value)}) at $.createdAt") from None


def _check_string(record: Mapping[str, Any], name: str, *, maximum: int | None = None, at: str = "$") -> None:
    value = record.get(name)
    if not isinstance(value, str):
        raise Invalid(f"Expected string value type (got {json.dumps(value)}) at {at}.{name}")
    size = len(value.encode("utf-8", "surrogatepass"))
    if maximum is not None and size > maximum:
        raise Invalid(f"string too big (maximum {maximum}, got {size}) at {at}.{name}")


def _array(record: Mapping[str, Any], name: str) -> list[Any]:
    value = record.get(name, [])
    if not isinstance(value, list):
        raise Invalid(f"Expected array value type (got {json.dumps(value)}) at $.{name}")
    return value


def _check_languages(languages: Any) -> None:
    if not isinstance(languages, list):
        raise Invalid("Expected array value type at $.langs")
    if len(languages) > 3:
        raise Invalid(f"array too big (maximum 3, got {len(languages)}) at $.langs")
    for number, tag in enumerate(languages):
        if not isinstance(tag, str) or not _LANGUAGE.fullmatch(tag):
            raise Invalid(f"Invalid language (got {json.dumps(tag)}) at $.langs[{number}]")


def _check_facet(facet: Any, at: str) -> None:
    index = facet.get("index") if isinstance(facet, dict) else None
    if not isinstance(index, dict) or not isinstance(facet.get("features"), list):
        raise Invalid(f"Expected object value type at {at}.index")
    for name in ("byteStart", "byteEnd"):
        if type(index.get(name)) is not int:
            raise Invalid(
                f"Expected integer value type (got {json.dumps(index.get(name))}) at {at}.index.{name}"
            )
        if index[name] < 0:
            raise Invalid(f"integer too small (minimum 0, got {index[name]}) at {at}.index.{name}")
    # A PDS lets an empty range through and readers see no link: here it is refused, so that somebody notices.
    if index["byteStart"] >= index["byteEnd"]:
        raise Invalid(f"byteEnd must be after byteStart at {at}.index")
    for number, feature in enumerate(facet["features"]):
        _check_feature(feature, f"{at}.features[{number}]")


def _check_feature(feature: Any, at: str) -> None:
    kind = feature.get("$type") if isinstance(feature, dict) else None
    if not isinstance(kind, str):
        raise Invalid(f"Expected an object with a $type at {at}")
    if kind == "app.bsky.richtext.facet#link":
        check_uri(feature.get("uri"), f"{at}.uri")
    if kind == "app.bsky.richtext.facet#tag":
        _check_string(feature, "tag", maximum=640, at=at)
        if graphemes(feature["tag"]) > 64:
            raise Invalid(f"grapheme too big (maximum 64, got {graphemes(feature['tag'])}) at {at}.tag")


def check_uri(value: Any, at: str) -> None:
    """RFC 3986 as loosely as the lexicon's `uri` format."""
    if not isinstance(value, str) or not _URI.fullmatch(value) or len(value.encode()) > 8192:
        raise Invalid(f"Invalid uri (got {json.dumps(value)}) at {at}")


def _check_embed(embed: Any, blobs: Mapping[str, Any]) -> None:
    if not isinstance(embed, dict) or not isinstance(embed.get("$type"), str):
        raise Invalid("Expected an object with a $type at $.embed")
    if embed["$type"] == "app.bsky.embed.images":
        return _check_images(embed.get("images"), blobs)
    if embed["$type"] != "app.bsky.embed.external":
        raise Invalid("The wall shows only app.bsky.embed.external and app.bsky.embed.images at $.embed")
    external = embed.get("external")
    if not isinstance(external, dict):
        raise Invalid("Expected object value type at $.embed.external")
    check_uri(external.get("uri"), "$.embed.external.uri")
    _check_string(external, "title", at="$.embed.external")
    _check_string(external, "description", at="$.embed.external")
    if "thumb" in external:
        _check_blob(external["thumb"], blobs, THUMB_BYTES, "$.embed.external.thumb")


def _check_images(images: Any, blobs: Mapping[str, Any]) -> None:
    if not isinstance(images, list) or len(images) > 4:
        raise Invalid("array too big (maximum 4) at $.embed.images")
    for number, image in enumerate(images):
        at = f"$.embed.images[{number}]"
        if not isinstance(image, dict):
            raise Invalid(f"Expected object value type at {at}")
        _check_string(image, "alt", at=at)
        _check_blob(image.get("image"), blobs, IMAGE_BYTES, f"{at}.image")


def _check_blob(given: Any, blobs: Mapping[str, Any], maximum: int, at: str) -> None:
    if not isinstance(given, dict) or given.get("$type") != "blob" or not isinstance(given.get("ref"), dict):
        raise Invalid(f"Expected blob value type at {at}")
    blob = blobs.get(given["ref"].get("$link"))
    if blob is None:
        raise Invalid(f"Could not find blob: {given['ref'].get('$link')}")
    if blob["size"] > maximum:
        raise Invalid(f"blob too big (maximum {maximum}, got {blob['size']}) at {at}")
    if blob != {key: given.get(key) for key in blob} or not blob["mimeType"].startswith("image/"):
        raise Invalid(f"Referenced Mimetype or size does not match stored blob at {at}")


def _check_reply(reply: Any) -> None:
    for name in ("root", "parent"):
        reference = reply.get(name) if isinstance(reply, dict) else None
        if not isinstance(reference, dict) or not all(
            isinstance(reference.get(k), str) for k in ("uri", "cid")
        ):
            raise Invalid(f"Expected object value type at $.reply.{name}")
