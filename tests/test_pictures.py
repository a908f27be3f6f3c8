"""Pictures come as safely as feeds, within a few seconds a cycle, and never from where they should not."""

import asyncio
import logging
import socket
import time

import pytest

from piquet.feed.rules import RetrieveRules
from piquet.networks.images import picture
from piquet.pictures import PictureError, Pictures, fetch_picture
from tests.feed.loopback import a_site, reply

HERE = ("127.0.0.1",)


@pytest.fixture
async def site():
    async with a_site() as running:
        yield running


async def silent(writer):
    await asyncio.sleep(60)


async def test_a_picture_comes_over_a_redirect_from_a_host_that_is_allowed(site):
    site.answers["/old"] = reply(status="302 Found", Location=site.url("/new"))
    site.answers["/new"] = reply(b"bytes of a picture")
    assert await Pictures(allowed_hosts=HERE).fetch(site.url("/old"), 100) == b"bytes of a picture"


async def test_no_picture_is_asked_of_this_machine_where_nobody_allowed_it(site):
    site.answers["/p"] = reply(b"x")
    with pytest.raises(PictureError):
        await Pictures().fetch(site.url("/p"), 100)
    assert site.requests == []


async def test_a_redirect_to_a_host_that_is_not_allowed_is_not_followed(site):
    site.answers["/p"] = reply(status="302 Found", Location=f"http://127.0.0.2:{site.port}/secret")
    with pytest.raises(PictureError):
        await Pictures(allowed_hosts=HERE).fetch(site.url("/p"), 100)
    assert site.paths() == ["/p"]


async def test_no_more_is_read_than_was_asked_for(site):
    site.answers["/p"] = reply(b"x" * 101)
    with pytest.raises(PictureError, match="not read"):
        await Pictures(allowed_hosts=HERE).fetch(site.url("/p"), 100)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.com/p", "nothing", "http://[bad/p", ""])
async def test_what_is_no_web_address_is_one_sentence(url):
    with pytest.raises(PictureError) as caught:
        await Pictures(allowed_hosts=HERE).fetch(url, 100)
    assert "\n" not in str(caught.value)


async def test_all_that_fails_in_a_cycle_takes_the_deadline_together_and_no_more(site):
    site.answers["/silent"] = silent
    pictures = Pictures(allowed_hosts=HERE, deadline=0.4)
    started = time.monotonic()
    for _ in range(5):
        with pytest.raises(PictureError):
            await pictures.fetch(site.url("/silent"), 100)
    assert time.monotonic() - started < 2
    assert site.paths() == ["/silent"]


async def test_a_name_server_that_keeps_silent_costs_the_deadline_and_leaves_the_event_loops_threads_alone(
    monkeypatch,
):
    asked = []

    def silent_name_server(host, *_, **__):
        asked.append(host)
        time.sleep(3)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", silent_name_server)
    pictures = Pictures(deadline=0.3)
    started = time.monotonic()
    for name in ("a", "b"):
        with pytest.raises(PictureError):
            await pictures.fetch(f"https://{name}.example/p.jpg", 100)
    await asyncio.get_running_loop().shutdown_default_executor()
    assert time.monotonic() - started < 2
    assert asked == ["a.example"]


async def test_a_name_that_does_not_exist_is_one_sentence(monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(PictureError, match=r"The name nowhere\.example could not be resolved\."):
        await Pictures().fetch("https://nowhere.example/p.jpg", 100)


async def test_a_picture_that_fails_is_one_log_line_without_its_query_and_no_error(site, caplog):
    site.answers["/p"] = reply(status="404 Not Found")
    pictures = Pictures(allowed_hosts=HERE)
    with caplog.at_level(logging.WARNING):
        got = await picture(site.url("/p?token=s3cret"), pictures.fetch, max_bytes=1_000_000)
    assert got is None
    assert len(caplog.records) == 1
    assert "404" in caplog.text and "s3cret" not in caplog.text


async def test_the_function_alone_has_the_limits_it_is_given(site):
    site.answers["/p"] = reply(b"12345")
    rules = RetrieveRules(allowed_hosts=frozenset(HERE), deadline=2)
    assert await fetch_picture(site.url("/p"), 5, rules=rules) == b"12345"
