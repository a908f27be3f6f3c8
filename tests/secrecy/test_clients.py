"""Every network in every kind of failure, at every request of every call: what is said of it holds no secret."""

import io
import logging
import traceback
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image as PictureFile

from piquet.entry import Image
from piquet.errors import PiquetError
from piquet.networks.protocol import Client
from piquet.post import Card, Post, Receipt
from tests.secrecy.marks import Marks, spoken
from tests.secrecy.networks import (
    BROKEN,
    PLACES,
    STATUSES,
    Repeating,
    answer,
    client_of,
    credentials,
    wall_of,
)

LINK = "https://journal.example.com/2026/11/22/la-greve"
CALLS = ("find", "check", "metrics", "delete", "pin", "pinned", "renew", "limit")
FAILURES = [*STATUSES, *BROKEN]
IDS = {"bluesky": "at://did:plc:7dyd57trhh5nwflizlm5owc6/app.bsky.feed.post/3n2xhmrrfpyut"}
AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


async def picture(url: str, most: int) -> bytes:
    kept = io.BytesIO()
    PictureFile.new("RGB", (300, 200), "red").save(kept, "PNG")
    return kept.getvalue()


async def make(client: Client, call: str) -> object:
    """One call with all that a cycle does before it."""
    post = Post(
        text=f"En grève\n{LINK}",
        link=LINK,
        card=Card(title="L'hôpital", image=Image(url=f"{LINK}.png")),
        language="fr",
    )
    payload = client.prepare(post, key="delivery/1", at=datetime.now(UTC))
    receipt = Receipt(id=IDS.get(client.traits.network, "1"), url=LINK, at=AT)
    match call:
        case "publish":
            return await client.publish(await client.ready(payload))
        case "find":
            return await client.find(payload)
        case "metrics":
            return await client.metrics([receipt])
        case "delete" | "pin":
            return await getattr(client, call)(receipt)
        case "renew":
            return await client.renew(AT + timedelta(days=2), AT)
    return await getattr(client, call)()


@asynccontextmanager
async def failing(
    kind: str, given: Mapping[str, str], secrets, **spoiled
) -> AsyncIterator[tuple[Client, Repeating]]:
    network = Repeating(
        inner=wall_of(kind, given), network=kind.partition("-")[0], secrets=secrets, **spoiled
    )
    more = {"fetch": picture} if kind in ("mastodon", "bluesky") else {}
    client = client_of(kind, given, network, **more)
    try:
        yield client, network
    finally:
        await client.aclose()


async def said(kind: str, given: Mapping[str, str], secrets, call: str, **spoiled) -> tuple[bool, str]:
    """Whether the network failed in this call, and all that could be written of it."""
    async with failing(kind, given, secrets, **spoiled) as (client, network):
        try:
            written = f"{await make(client, call)!r}"
        except PiquetError as error:
            written = f"{error!r} {error.args} {''.join(traceback.format_exception(error))}"
        except RuntimeError as error:
            # What nobody foresaw passes the client; its words stop in the outbox: tests/test_outbox.py.
            assert "nobody foresaw" in str(error)
            written = ""
        return network.struck > 0, f"{written} {client!r}"


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("kind", PLACES)
async def test_no_secret_is_in_what_a_failing_network_makes_us_say_or_log(kind, failure, caplog):
    marks = Marks()
    given = credentials(kind, marks)
    struck = 0
    for logger in ("httpx", "httpcore.connection", "httpcore.http11", "piquet"):
        caplog.set_level(logging.DEBUG, logger)
    turn = FAILURES.index(failure)
    # A send fails at each of its requests; each other call at one of them, another one in each kind of failure.
    plays = [("publish", after) for after in range(3)]
    plays += [(call, (turn + number) % 2) for number, call in enumerate(CALLS)]
    for number, (call, after) in enumerate(plays):
        spoiled = {"failure": failure, "after": after, "form": turn + number}
        failed, written = await said(kind, given, marks.known.values(), call, **spoiled)
        struck += failed
        assert marks.found_in({f"{call} after {after}": written}) == []
    logged = "\n".join(f"{record.getMessage()} {record.exc_text or ''}" for record in caplog.records)
    assert marks.found_in({"the log": logged}) == []
    assert struck >= 3
    assert isinstance(failure, str) or "HTTP Request" in logged


@pytest.mark.parametrize("form", range(7))
def test_the_search_finds_each_form_in_which_a_network_may_repeat_a_secret(form):
    marks, others = Marks(), Marks()
    given = credentials("x", marks)
    credentials("x", others)
    told = answer("x", 401, spoken(given.values(), form)).text
    assert len(marks.found_in({"the answer": told})) == len(given)
    assert others.found_in({"the answer": told}) == []
