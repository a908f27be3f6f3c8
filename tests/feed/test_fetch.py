"""All feeds of an outlet at once: one failing is a value, backs off, and costs the others nothing."""

import asyncio
import subprocess
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piquet.feed import FeedState, bounded, fetch, retrieve

from .loopback import NOW, item, reply, rss

FEED = rss(item("a"), item("b"))


@pytest.fixture
def read(site, rules):
    async def read(*states, now=NOW, rules=rules):
        states = [FeedState(url=site.url(s)) if isinstance(s, str) else s for s in states]
        return await fetch(states, rules=rules, now=now)

    return read


async def test_each_feed_has_its_result_in_the_order_asked(read, site):
    site.answers |= {"/a": reply(FEED), "/b": reply(b"<html></html>"), "/c": reply(rss(item("c")))}
    a, b, c = await read("/a", "/b", "/c")
    assert [entry.title for entry in a.entries] == ["a", "b"]
    assert b.entries == () and "HTML page" in b.error
    assert [entry.title for entry in c.entries] == ["c"]
    assert a.error is None and c.error is None


async def test_entries_are_of_the_feed_that_was_asked_for_wherever_it_was_found(read, site):
    site.answers |= {"/old": reply(status="301 Moved", Location="/new"), "/new": reply(FEED)}
    (result,) = await read("/old")
    assert {entry.feed for entry in result.entries} == {site.url("/old")} == {result.url}
    assert result.permanent_url == site.url("/new")


async def test_an_unchanged_feed_is_neither_parsed_nor_a_failure(read, site, monkeypatch):
    site.answers["/f"] = reply(FEED, ETag='"1"')
    (first,) = await read("/f")
    monkeypatch.setattr(bounded, "parse", lambda *_, **__: pytest.fail("parsed"))
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("a process was started"))
    (same_body,) = await read(first.state)
    site.answers["/f"] = reply(status="304 Not Modified")
    (not_modified,) = await read(same_body.state)
    for result in (same_body, not_modified):
        assert result.unchanged and result.entries == () and result.error is None


async def test_a_small_changed_feed_starts_no_process(read, site, monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("a process was started"))
    site.answers["/f"] = reply(FEED)
    (result,) = await read("/f")
    assert len(result.entries) == 2


async def test_a_large_feed_gives_the_same_entries_from_its_own_process(read, site):
    many = [
        item(f"a{n}", f"<description>{'x' * 3000}</description><category>k</category>") for n in range(400)
    ]
    date = "<pubDate>Fri, 20 Nov 2026 11:00:00 GMT</pubDate>"
    image = '<enclosure type="image/png" url="https://paper.example/i.png"/>'
    site.answers |= {
        "/large": reply(rss(item("one", date + image), *many)),
        "/small": reply(rss(item("one", date + image))),
    }
    large, small = await read("/large", "/small")
    assert len(large.entries) == 401
    assert replace(large.entries[0], feed="") == replace(small.entries[0], feed="")
    assert small.entries[0].image and small.entries[0].published


@pytest.mark.parametrize("limit", [{"parse_cpu": 1}, {"parse_memory": 30_000_000}])
async def test_a_runaway_is_ended_and_the_others_are_read(read, site, rules, limit):
    namespaces = "".join(f'<x{n}:a xmlns:x{n}="urn:{n}"/>' for n in range(30_000))
    site.answers |= {"/bad": reply(rss(namespaces, item("c"))), "/good": reply(FEED)}
    bad, good = await read("/bad", "/good", rules=replace(rules, **limit))
    assert "takes more than" in bad.error and bad.entries == ()
    assert len(good.entries) == 2 and good.error is None


async def test_a_mistake_of_ours_costs_one_feed_its_turn(read, site, monkeypatch):
    def broken(task, *, patient):
        if task.url.endswith("/bad"):
            raise KeyError("SECRET")
        return bounded.parse(task.body, {}, task.url, feed=task.feed, now=task.now)

    monkeypatch.setattr(bounded, "_parse", broken)
    site.answers |= {"/bad": reply(FEED), "/good": reply(FEED)}
    bad, good = await read("/bad", "/good")
    assert "KeyError" in bad.error and "SECRET" not in bad.error
    assert len(good.entries) == 2


async def test_at_most_eight_feeds_are_read_at_once(read, site, monkeypatch):
    running, most = 0, 0
    real = retrieve

    async def counted(*args, **kwargs):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        try:
            return await real(*args, **kwargs)
        finally:
            running -= 1

    monkeypatch.setitem(fetch.__globals__, "retrieve", counted)
    site.answers |= {f"/{n}": reply(FEED) for n in range(20)}
    results = await read(*(f"/{n}" for n in range(20)))
    assert all(len(result.entries) == 2 for result in results)
    assert most == 8


async def test_a_failing_feed_is_asked_in_the_next_cycle_then_backs_off_says_since_when_and_recovers(
    read, site
):
    pauses, now = [], NOW
    state = FeedState(url=site.url("/f"), etag='"1"', body_sha256="0" * 64, ok_at=NOW - timedelta(hours=1))
    for _ in range(9):
        (result,) = await read(state, now=now)
        state = result.state
        pauses.append((state.not_before - now).total_seconds() / 60 if state.not_before else None)
        now = state.not_before or now + timedelta(minutes=2)
    assert pauses == [None, None, None, 6, 12, 24, 48, 60, 60]
    assert "Failing since 20 November 2026 12:00 UTC" in result.error
    assert (state.failures, state.failing_since, state.etag) == (9, NOW, '"1"')
    site.answers["/f"] = reply(FEED)
    (result,) = await read(state, now=now)
    assert result.error is None and len(result.entries) == 2
    assert (result.state.failures, result.state.failing_since, result.state.not_before) == (0, None, None)


async def test_a_feed_that_rests_is_not_asked(read, site):
    site.answers["/f"] = reply(FEED, status="429 Too Many Requests", Retry_After="600")
    (refused,) = await read("/f")
    assert refused.state.not_before == NOW + timedelta(seconds=600)
    (resting,) = await read(refused.state, now=NOW + timedelta(seconds=599))
    assert len(site.requests) == 1
    assert "429" in resting.error and "12:10 UTC" in resting.error
    assert resting.state == refused.state
    await read(refused.state, now=NOW + timedelta(seconds=600))
    assert len(site.requests) == 2


async def test_a_cut_feed_gives_its_whole_entries_and_is_asked_for_whole_again(read, site):
    site.answers["/f"] = reply(FEED[:-60], ETag='"1"')
    (result,) = await read("/f")
    assert [entry.title for entry in result.entries] == ["a"]
    assert "half entry" in result.warnings[0]
    assert result.state.etag is None and result.state.body_sha256 is None
    site.answers["/f"] = reply(FEED, ETag='"1"')
    (again,) = await read(result.state)
    assert [entry.title for entry in again.entries] == ["a", "b"]


async def test_what_is_no_feed_is_asked_for_again_though_it_has_not_changed(read, site):
    site.answers["/f"] = reply(b"<html><title>Down for maintenance</title></html>", ETag='"1"')
    (first,) = await read("/f")
    assert first.state.etag is None and first.state.body_sha256 is None
    (second,) = await read(replace(first.state, not_before=None))
    assert second.error and not second.unchanged


@given(minutes=st.integers(0, 10_000), retry_after=st.none() | st.floats(0, 86_400))
def test_a_pause_is_an_hour_at_most_and_never_shorter_than_asked(minutes, retry_after):
    from piquet.feed.fetch import _failed

    state = FeedState(url="https://paper.example/f", failing_since=NOW - timedelta(minutes=minutes))
    result = _failed(state, "It failed.", NOW, retry_after)
    pause = (result.state.not_before or NOW) - NOW
    asked = timedelta(seconds=retry_after or 0)
    assert asked <= pause <= max(timedelta(hours=1), asked)
    assert bool(result.state.not_before) == ("in the next cycle" not in result.error)


async def test_a_feed_that_has_just_failed_is_read_as_soon_as_it_is_mended(read, site):
    site.answers["/f"] = reply(status="500 Internal Server Error")
    (failed,) = await read("/f")
    assert failed.error.endswith("it is asked again in the next cycle.")
    site.answers["/f"] = reply(FEED)
    (mended,) = await read(failed.state, now=NOW + timedelta(seconds=1))
    assert len(mended.entries) == 2
