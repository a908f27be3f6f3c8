"""One feed's body: asked for conditionally, bounded in every direction, from public addresses only."""

import asyncio
import gzip
import hashlib
import zlib
from dataclasses import replace
from datetime import timedelta

import pytest

from piquet.errors import FeedError
from piquet.feed import FeedState, RetrieveRules, retrieve

from .loopback import NOW, item, reply, rss

FEED = rss(item("a"))


@pytest.fixture
def get(site, client, rules):
    async def get(path, *, state=None, rules=rules, host="127.0.0.1"):
        url = path if "://" in path else site.url(path, host=host)
        return await retrieve(url, state=state or FeedState(url=url), client=client, rules=rules, now=NOW)

    return get


async def test_a_feed_comes_back_with_what_to_ask_next_time(get, site, rules):
    site.answers["/f"] = reply(FEED, ETag='"1"', Last_Modified="Fri, 20 Nov 2026 11:00:00 GMT")
    found = await get("/f", rules=replace(rules, contact="desk@paper.example"))
    assert found.body == FEED and not found.unchanged and found.permanent_url is None
    assert (found.state.etag, found.state.ok_at, found.state.failures) == ('"1"', NOW, 0)
    headers = site.requests[0][1]
    assert headers["user-agent"].startswith("piquet/") and "(+desk@paper.example)" in headers["user-agent"]
    assert "if-none-match" not in headers and "cookie" not in headers


async def test_what_was_not_modified_has_no_body_and_keeps_its_validators(get, site):
    site.answers["/f"] = reply(status="304 Not Modified")
    state = FeedState(
        url=site.url("/f"), etag='"1"', last_modified="Fri, 20 Nov 2026 11:00:00 GMT", failures=2
    )
    found = await get("/f", state=state)
    assert found.unchanged and found.body is None
    assert (found.state.etag, found.state.last_modified, found.state.failures) == (
        '"1"',
        state.last_modified,
        0,
    )
    assert site.requests[0][1]["if-none-match"] == '"1"'
    assert site.requests[0][1]["if-modified-since"] == "fri, 20 nov 2026 11:00:00 gmt"


async def test_the_same_body_is_unchanged_though_the_server_keeps_no_validators(get, site):
    site.answers["/f"] = reply(
        rss(item("a"), head="<lastBuildDate>Fri, 20 Nov 2026 11:00:00 GMT</lastBuildDate>")
    )
    first = await get("/f")
    site.answers["/f"] = reply(
        rss(item("a"), head="<lastBuildDate>Fri, 20 Nov 2026 12:00:00 GMT</lastBuildDate>")
    )
    assert (await get("/f", state=first.state)).unchanged
    site.answers["/f"] = reply(rss(item("b"), item("a")))
    assert not (await get("/f", state=first.state)).unchanged


async def test_a_date_of_an_entry_that_changed_is_a_change(get, site):
    site.answers["/f"] = reply(rss(item("a", "<pubDate>Fri, 20 Nov 2026 11:00:00 GMT</pubDate>")))
    first = await get("/f")
    site.answers["/f"] = reply(rss(item("a", "<pubDate>Fri, 20 Nov 2026 11:30:00 GMT</pubDate>")))
    assert not (await get("/f", state=first.state)).unchanged


@pytest.mark.parametrize("status", ["301 Moved Permanently", "308 Permanent Redirect"])
async def test_a_permanent_redirect_is_followed_and_reported(get, site, status):
    site.answers |= {"/old": reply(status=status, Location="/new"), "/new": reply(FEED)}
    found = await get("/old")
    assert found.body == FEED
    assert found.url == found.permanent_url == site.url("/new")
    assert found.state.url == site.url("/old")


async def test_only_the_permanent_part_of_a_chain_of_redirects_is_permanent(get, site):
    site.answers |= {
        "/1": reply(status="301 Moved", Location="/2"),
        "/2": reply(status="302 Found", Location="/3"),
        "/3": reply(status="301 Moved", Location="/4"),
        "/4": reply(FEED),
    }
    assert (await get("/1")).permanent_url == site.url("/2")


@pytest.mark.parametrize("location", ["/loop", "//127.0.0.1:{port}/loop", ""])
async def test_redirects_without_end_or_aim_are_an_error(get, site, rules, location):
    site.answers["/loop"] = reply(status="302 Found", Location=location.format(port=site.port))
    with pytest.raises(FeedError, match="redirect"):
        await get("/loop")
    assert len(site.requests) <= rules.max_redirects + 1


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [
        ("429 Too Many Requests", "300", 300),
        ("503 Service Unavailable", "Fri, 20 Nov 2026 12:02:00 GMT", 120),
        ("503 Service Unavailable", "Fri, 20 Nov 2020 12:02:00 GMT", 0),
        ("429 Too Many Requests", "99999999", 86400),
        ("429 Too Many Requests", "soon", None),
        ("404 Not Found", "300", None),
    ],
)
async def test_a_refusal_says_when_to_come_back(get, site, status, header, seconds):
    site.answers["/f?key=SECRET"] = reply(FEED, status=status, Retry_After=header)
    with pytest.raises(FeedError, match=status[:3]) as caught:
        await get("/f?key=SECRET")
    assert caught.value.retry_after == seconds
    assert "SECRET" not in str(caught.value)


async def test_a_body_shorter_than_declared_is_an_error(get, site):
    site.answers["/f"] = reply(FEED, length=len(FEED) + 10)
    with pytest.raises(FeedError, match="ended early"):
        await get("/f")


@pytest.mark.parametrize(
    "encode",
    [
        gzip.compress,
        lambda body: gzip.compress(body[:50]) + gzip.compress(body[50:]),
        lambda body: gzip.compress(body) + b"\0" * 20,
    ],
)
async def test_a_gzip_body_is_read_in_any_number_of_members(get, site, encode):
    site.answers["/f"] = reply(encode(FEED), Content_Encoding="gzip")
    assert (await get("/f")).body == FEED


@pytest.mark.parametrize("bits", [zlib.MAX_WBITS, -zlib.MAX_WBITS])
async def test_deflate_is_read_with_and_without_its_header(get, site, bits):
    packer = zlib.compressobj(wbits=bits)
    site.answers["/f"] = reply(packer.compress(FEED) + packer.flush(), Content_Encoding="deflate")
    assert (await get("/f")).body == FEED


async def test_a_compressed_body_that_ends_early_is_an_error(get, site):
    site.answers["/f"] = reply(gzip.compress(FEED)[:-20], Content_Encoding="gzip")
    with pytest.raises(FeedError, match="middle"):
        await get("/f")


@pytest.mark.parametrize(("coding", "reason"), [("gzip, gzip", "2 times"), ("br", "br"), ("zstd", "zstd")])
async def test_codings_that_no_feed_needs_are_refused(get, site, coding, reason):
    site.answers["/f"] = reply(gzip.compress(gzip.compress(FEED)), Content_Encoding=coding)
    with pytest.raises(FeedError, match=reason):
        await get("/f")


async def test_a_gzip_bomb_is_given_up_at_the_limit(get, site):
    site.answers["/f"] = reply(gzip.compress(bytes(200_000_000), 1), Content_Encoding="gzip")
    with pytest.raises(FeedError, match="larger than 2 MB"):
        await get("/f")


async def test_an_endless_body_is_given_up_at_the_limit(get, site):
    async def endless(writer):
        writer.write(reply(length=-1))
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    site.answers["/f"] = endless
    with pytest.raises(FeedError, match="larger than 2 MB"):
        await get("/f")


async def test_a_body_that_drips_is_given_up_at_the_deadline(get, site, rules):
    async def dripping(writer):
        writer.write(reply(length=1000))
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    site.answers["/f"] = dripping
    with pytest.raises(FeedError, match=r"within 0\.5 seconds"):
        await get("/f", rules=replace(rules, deadline=0.5))


async def test_a_silent_server_is_given_up(get, site, rules):
    async def silent(writer):
        await asyncio.sleep(30)

    site.answers["/f"] = silent
    with pytest.raises(FeedError, match="silent"):
        await get("/f", rules=replace(rules, read_timeout=0.2))


DISGUISES = [
    "127.0.0.1",
    "localhost",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "127.1",
    "0.0.0.0",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "169.254.169.254",
    "[fd00:ec2::254]",
    "192.0.0.192",
    "100.100.100.200",
    "168.63.129.16",
    "10.0.0.1",
    "metadata.example",
    "rebound.example",
    "１２７.0.0.1",
]


@pytest.mark.parametrize("host", DISGUISES)
async def test_no_disguise_of_a_private_address_is_fetched(get, site, names, host):
    names |= {"localhost": ["127.0.0.1"], "metadata.example": ["169.254.169.254"]}
    names["rebound.example"] = ["93.184.215.14", "127.0.0.1"]
    site.answers["/f"] = reply(FEED)
    with pytest.raises(FeedError):
        await get("/f", host=host, rules=RetrieveRules())
    assert site.requests == []


@pytest.mark.parametrize("host", DISGUISES[1:])
async def test_no_redirect_leads_to_a_private_address(get, site, names, host):
    names |= {"localhost": ["127.0.0.1"], "metadata.example": ["169.254.169.254"]}
    names["rebound.example"] = ["93.184.215.14", "127.0.0.1"]
    site.answers |= {
        "/f": reply(status="302 Found", Location=site.url("/secret", host=host)),
        "/secret": reply(FEED),
    }
    with pytest.raises(FeedError):
        await get("/f")
    assert site.paths() == ["/f"]


async def test_an_allowed_host_is_connected_at_the_address_that_was_checked(get, site, names, rules):
    names["cms.intranet"] = ["127.0.0.1"]
    site.answers["/f"] = reply(FEED)
    found = await get(
        "/f", host="cms.intranet", rules=replace(rules, allowed_hosts=frozenset({"cms.intranet"}))
    )
    assert found.body == FEED
    assert site.requests[0][1]["host"] == f"cms.intranet:{site.port}"


async def test_a_host_may_be_allowed_with_its_port_only(get, site, rules):
    site.answers["/f"] = reply(FEED)
    here, elsewhere = f"127.0.0.1:{site.port}", "127.0.0.1:1"
    assert (await get("/f", rules=replace(rules, allowed_hosts=frozenset({here})))).body == FEED
    with pytest.raises(FeedError, match="allowed hosts"):
        await get("/f", rules=replace(rules, allowed_hosts=frozenset({elsewhere})))


@pytest.mark.parametrize(
    "url",
    ["ftp://paper.example/f", "data:text/xml,x", "javascript:x", "http:///f", "gopher://x/", "//x/f", ""],
)
async def test_other_addresses_are_refused(get, site, client, rules, url):
    with pytest.raises(FeedError):
        await retrieve(url, state=FeedState(url=url), client=client, rules=rules, now=NOW)


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://127.0.0.1/f", "gopher://127.0.0.1/"])
async def test_no_redirect_leaves_http(get, site, rules, location):
    site.answers["/f"] = reply(status="302 Found", Location=location)
    with pytest.raises(FeedError, match="http"):
        await get("/f", rules=replace(rules, allow_files=True))


async def test_a_password_in_an_address_is_refused_and_not_repeated(get, site):
    with pytest.raises(FeedError, match="password") as caught:
        await get(f"http://desk:SECRET@127.0.0.1:{site.port}/f")
    assert "SECRET" not in str(caught.value) and "desk" not in str(caught.value)
    assert site.requests == []


async def test_cookies_of_one_feed_are_not_sent_to_another(get, site):
    site.answers |= {"/a": reply(FEED, Set_Cookie="session=1; Path=/"), "/b": reply(FEED)}
    await get("/a")
    await get("/b")
    assert all("cookie" not in headers for _, headers in site.requests)


@pytest.mark.parametrize("form", ["{}", "file://{}"])
async def test_a_file_is_read_only_where_files_are_allowed(client, rules, tmp_path, form):
    path = tmp_path / "feed.xml"
    path.write_bytes(FEED)
    url = form.format(path)
    state = FeedState(url=url)
    with pytest.raises(FeedError, match="may not read files"):
        await retrieve(url, state=state, client=client, rules=rules, now=NOW)
    allowed = replace(rules, allow_files=True)
    found = await retrieve(url, state=state, client=client, rules=allowed, now=NOW)
    assert found.body == FEED
    again = await retrieve(
        url, state=found.state, client=client, rules=allowed, now=NOW + timedelta(minutes=5)
    )
    assert again.unchanged


@pytest.mark.parametrize("path", ["/dev/zero", "/", "/nonexistent/feed.xml", "a\x00b", "x" * 5_000])
async def test_only_ordinary_files_are_read(client, rules, path):
    with pytest.raises(FeedError):
        await retrieve(
            path, state=FeedState(url=path), client=client, rules=replace(rules, allow_files=True), now=NOW
        )


async def test_the_fingerprint_is_hexadecimal_sha256(get, site):
    site.answers["/f"] = reply(FEED)
    assert len((await get("/f")).state.body_sha256) == len(hashlib.sha256().hexdigest())
