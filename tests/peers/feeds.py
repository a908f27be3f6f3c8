"""The rows of the table where the feed is what changes, lies or breaks."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from starlette.responses import Response

from piquet.limits import MASTODON
from tests.peers.bench import Bench, Case
from tests.peers.observed import Observed

HOUR = timedelta(hours=1)


async def all_guids_change(bench: Bench) -> Observed:
    return await _rewritten("f8", bench, lambda a: replace(a, guid=f"{a.guid}-2"))


async def all_links_change(bench: Bench) -> Observed:
    return await _rewritten("f9", bench, lambda a: replace(a, link=a.link.replace(".com/", ".com/2026/")))


async def guids_and_links_change(bench: Bench) -> Observed:
    return await _rewritten(
        "f9b", bench, lambda a: replace(a, guid=f"{a.guid}-2", link=a.link.replace(".com/", ".org/"))
    )


async def one_updated(bench: Bench) -> Observed:
    case = await _begun("f11", bench)
    old = case.feed.articles[-3]
    case.feed.articles[-3] = replace(old, title=f"{old.title}, mis à jour", published=_ago(0.01))
    await case.cycle()
    return case.observed([])


async def late_entry(bench: Bench) -> Observed:
    case = await _begun("f12", bench)
    newest = case.feed.articles[-10].published
    late = case.feed.article("Un article antidaté", newest + timedelta(seconds=30))
    case.feed.articles.insert(-9, late)
    await case.cycle()
    return case.observed([late.title])


async def same_second(bench: Bench) -> Observed:
    case = await _begun("f13", bench)
    new = case.feed.add("Un article de la même seconde", case.feed.articles[-1].published)
    await case.cycle()
    return case.observed(new)


async def withdrawn(bench: Bench) -> Observed:
    """Ten newest go, ten older ones that were never shown come up at the bottom; then the ten are back."""
    case = bench.case("f14")
    await case.begin(articles=60)
    articles = list(case.feed.articles)
    case.feed.articles = articles[:-10]
    await case.cycle()
    gone = case.titles()
    case.feed.articles = articles
    await case.cycle()
    return case.observed([], seen=[f"{len(gone)} while they were gone"])


async def moved_for_good(bench: Bench) -> Observed:
    case = await _begun("f15", bench)
    case.feed.moved_to = "new.xml"
    new = case.feed.publish(2)
    await case.cycle()
    return case.observed(new, also={"301 followed": case.feed.asked[-2:] == [301, 200]})


async def future_dated(bench: Bench) -> Observed:
    case = await _begun("f20", bench)
    case.feed.add("Un article de demain", datetime.now(UTC) + 24 * HOUR)
    await case.cycle()
    return case.observed([])


async def after_a_future_one(bench: Bench) -> Observed:
    case = await _begun("f20b", bench)
    case.feed.add("Un article de demain", datetime.now(UTC) + 24 * HOUR)
    await case.cycle()
    new = case.feed.publish(3)
    await case.cycle()
    return case.observed(new)


async def without_dates(bench: Bench) -> Observed:
    case = bench.case("f21")
    case.feed.dated = False
    await case.begin()
    new = case.feed.publish(3)
    await case.cycle()
    return case.observed(new)


async def ascending(bench: Bench) -> Observed:
    case = bench.case("f22")
    case.feed.ascending = True
    await case.begin()
    new = case.feed.publish(3)
    await case.cycle()
    return case.observed(new)


async def truncated(bench: Bench) -> Observed:
    """Cut in the middle of the third title of six, twice; then with a stray & in a title; then whole."""
    case = await _begun("f10cut", bench)
    new = case.feed.publish(6)
    case.feed.instead = lambda body: Response(body[: body.index(new[3].encode()) + 12])
    await case.cycle()
    await case.cycle()
    whole = set(case.titles()) <= set(new)
    new += case.feed.add("Pain & vin", _ago(0.02))
    case.feed.instead = lambda body: Response(body.replace(b"&amp;", b"&"))
    await case.cycle()
    case.feed.instead = None
    await case.cycle()
    return case.observed(new, also={"no half article": whole}, in_order=False)


async def not_a_feed(bench: Bench) -> Observed:
    """Four feeds of one outlet fail, each in its way; a fifth is healthy and must not wait for them."""
    case, others = await _five_feeds(bench)
    new = case.feed.publish(2)
    new_there = [title for feed in others for title in feed.publish(1)]
    answers = (Response("<html><body>Soon</body></html>"), Response(b""), *(_status(s) for s in (500, 404)))
    for feed, answer in zip(others, answers, strict=True):
        feed.instead = lambda body, answer=answer: answer
    state = await case.cycle()
    healthy = case.titles() == new
    for feed in others:
        feed.instead = None
    await case.cycle()
    facts = {"the healthy feed does not wait": healthy, "Marked": state.name == "Marked"}
    return case.observed([*new, *new_there], also=facts, in_order=False)


async def long_title(bench: Bench) -> Observed:
    case = bench.case("f19", "mastodon", "bluesky", "x")
    await case.begin()
    title = "Un titre interminable " * 32
    case.feed.add(title.strip(), _ago(0.1))
    link = case.feed.articles[-1].link
    await case.cycle()
    posts = {network: case.room.posts(network) for network in ("mastodon", "bluesky", "x")}
    text = posts["mastodon"][0]["text"] if posts["mastodon"] else ""
    facts = {
        # The wall refuses what is too long, as each network counts.
        "taken by each of three networks": all(len(found) == 1 for found in posts.values()),
        "the link is whole and last": text.endswith(f" {link}") or text.endswith(f"\n{link}"),
        "the title ends at a word": bool(re.search(r"\w…\s", text)),
    }
    return Observed(expected=[], posted={}, also=facts, seen=[f"{_counted(text, link)} on Mastodon"])


async def wrong_charset(bench: Bench) -> Observed:
    case = await _begun("f23", bench)
    new = case.feed.add("L’été à Évreux coûte 20 €", _ago(0.1))
    case.feed.instead = lambda body: Response(
        body.replace(b'encoding="UTF-8"', b'encoding="ISO-8859-1"'), media_type="text/xml; charset=us-ascii"
    )
    await case.cycle()
    return case.observed(new)


async def brackets_in_a_title(bench: Bench) -> Observed:
    case = await _begun("f24", bench)
    new = case.feed.add("Notre numéro <n°50> est en kiosque", _ago(0.1))
    await case.cycle()
    return case.observed(new)


async def unchanged(bench: Bench) -> Observed:
    case = await _begun("f304", bench)
    for _ in range(2):
        await case.cycle()
    facts = {
        "200 once, then 304s": case.feed.asked == [200, 304, 304],
        "its own User-Agent": all(reader.startswith("Piquet/") for reader in case.feed.readers),
    }
    return case.observed([], also=facts)


async def _begun(name: str, bench: Bench) -> Case:
    case = bench.case(name)
    await case.begin()
    return case


async def _rewritten(name: str, bench: Bench, change) -> Observed:
    """Every article of the document changes at once; nothing is new."""
    case = await _begun(name, bench)
    case.feed.articles = [change(article) for article in case.feed.articles]
    await case.cycle()
    return case.observed([])


async def _five_feeds(bench: Bench):
    case = bench.case("f10page")
    others = [bench.press.feed(f"f10{kind}") for kind in ("html", "empty", "500", "404")]
    for feed in others:
        feed.publish(10, at=_ago(5))
    await case.begin(feeds=[case.feed.url, *(feed.url for feed in others)])
    return case, others


def _counted(text: str, link: str) -> str:
    """As Mastodon counts."""
    return ", ".join(f"{c.used} of {c.maximum}" for c in MASTODON.counts(text, link))


def _status(status: int) -> Response:
    return Response("<html>Sorry</html>", status, media_type="text/html")


def _ago(hours: float) -> datetime:
    return datetime.now(UTC) - hours * HOUR
