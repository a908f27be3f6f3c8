"""Documents made to hurt, each over real HTTP: bounded time and memory, and the outlet's other feed as usual."""

import contextlib
import gzip
import resource
import time
from dataclasses import replace

import pytest

from piquet.errors import FeedError
from piquet.feed import FeedState, bounded, fetch, parse
from piquet.feed.parse import NeedsPatience

from .hostile import DOCUMENTS
from .loopback import NOW, item, reply, rss

MEGABYTE = 1_000_000
_SECONDS = 30  # on two shared cores; alone the dearest takes a tenth
_GROWTH = 400_000  # kB of this process; a worker has limits of its own


@pytest.mark.parametrize("size", [50_000, 1_200_000])
@pytest.mark.parametrize("name", DOCUMENTS)
async def test_a_hostile_document_costs_its_feed_a_turn_and_nothing_else(site, rules, name, size):
    body = DOCUMENTS[name](size).encode()
    site.answers |= {"/bad": reply(body), "/good": reply(rss(item("a"), item("b")))}
    bad, good = await _measured(site, replace(rules, deadline=20.0, parse_cpu=1, max_bytes=4 * MEGABYTE))
    assert [entry.title for entry in good.entries] == ["a", "b"] and good.error is None
    assert bad.error is None or (
        site.url("/bad") in bad.error and "\n" not in bad.error and bad.entries == ()
    )
    _clean(bad.entries)


@pytest.mark.parametrize(
    "body", [b"\x00" * 100_000, b"\xff" * 100_000, b"\xd8\x00" * 50_000, b"\xfe\xff" + b"\xd8" * 999]
)
async def test_a_body_of_noise_is_an_error_in_one_sentence(site, rules, body):
    site.answers |= {"/bad": reply(body), "/good": reply(rss(item("a")))}
    bad, good = await _measured(site, rules)
    assert "feed" in bad.error and bad.entries == ()
    assert len(good.entries) == 1


async def test_a_title_of_ten_megabytes_is_cut_and_its_feed_read(site, rules):
    site.answers |= {
        "/bad": reply(rss(item("x" * 10 * MEGABYTE), item("b"))),
        "/good": reply(rss(item("a"))),
    }
    bad, good = await _measured(site, replace(rules, deadline=20.0, max_bytes=25 * MEGABYTE))
    assert [entry.title for entry in bad.entries] == ["b"]
    assert len(good.entries) == 1


async def test_a_million_entries_cost_one_feed_its_turn(site, rules):
    body = gzip.compress(
        rss(*(f"<item><link>https://paper.example/{n}</link></item>" for n in range(1_000_000))), 1
    )
    site.answers |= {"/bad": reply(body, Content_Encoding="gzip"), "/good": reply(rss(item("a")))}
    bad, good = await _measured(site, replace(rules, deadline=20.0, max_bytes=60 * MEGABYTE))
    assert len(bad.entries) == 5_000 and "more than 5000 entries" in bad.warnings[0]
    assert len(good.entries) == 1


@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_taken_for_simple_is_quick(name):
    body = DOCUMENTS[name](900_000).encode()
    if not bounded.is_simple(body):
        return
    started = time.process_time()
    with contextlib.suppress(FeedError, NeedsPatience):
        parse(body, {}, "https://paper.example/f", now=NOW, patient=False)
    assert time.process_time() - started < 5


async def _measured(site, rules):
    """The results for /bad and /good, within time and memory."""
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    results = await fetch([FeedState(url=site.url(path)) for path in ("/bad", "/good")], rules=rules, now=NOW)
    assert time.monotonic() - started < _SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < _GROWTH
    return results


def _clean(entries):
    for entry in entries:
        text = entry.title + entry.summary + entry.id + entry.link
        text.encode("utf-8")
        assert "\x00" not in text and len(text) < 10_000
        assert entry.link.startswith("https://paper.example/")
