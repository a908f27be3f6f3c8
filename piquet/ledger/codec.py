"""Entries and payloads as JSON and back; tolerant of fields that another version wrote."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from piquet.entry import Entry, Image
from piquet.ledger.keys import digest
from piquet.post import Payload


def entry_to_json(entry: Entry) -> dict[str, Any]:
    """An entry in JSON's own types; times in ISO 8601."""
    return {
        "feed": entry.feed,
        "id": entry.id,
        "link": entry.link,
        "title": entry.title,
        "summary": entry.summary,
        "published": _text_of(entry.published),
        "updated": _text_of(entry.updated),
        "image": entry.image and {"url": entry.image.url, "alt": entry.image.alt},
        "language": entry.language,
        "tags": list(entry.tags),
    }


def entry_from_json(values: Mapping[str, Any]) -> Entry:
    """The entry that `entry_to_json` wrote."""
    image = values.get("image")
    return Entry(
        feed=values["feed"],
        id=values["id"],
        link=values["link"],
        title=values["title"],
        summary=values.get("summary", ""),
        published=_time_of(values.get("published")),
        updated=_time_of(values.get("updated")),
        image=image and Image(url=image["url"], alt=image.get("alt", "")),
        language=values.get("language"),
        tags=tuple(values.get("tags", ())),
    )


def payload_to_json(payload: Payload) -> dict[str, Any]:
    """A payload in JSON's own types, its body in the order it was given."""
    return {
        "network": payload.network,
        "key": payload.key,
        "prepared_at": _text_of(payload.prepared_at),
        "text": payload.text,
        "link": payload.link,
        "body": dict(payload.body),
    }


def payload_from_json(values: Mapping[str, Any]) -> Payload:
    """The payload that `payload_to_json` wrote, equal in every part."""
    return Payload(
        network=values["network"],
        key=values["key"],
        prepared_at=datetime.fromisoformat(values["prepared_at"]),
        text=values["text"],
        link=values["link"],
        body=values["body"],
    )


def json_digest(values: Mapping[str, Any]) -> str:
    """One digest for equal values, whatever the order of their keys."""
    return digest(json.dumps(values, sort_keys=True))


def _text_of(time: datetime | None) -> str | None:
    return time and time.isoformat()


def _time_of(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
