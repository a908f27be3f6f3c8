"""A rehearsal: which strike is played with which articles, on nothing but a wall of its own, and the page that is left."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import httpx
import pendulum
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piquet.entry import Entry
from piquet.errors import UserError
from piquet.networks import NAMES
from piquet.pages.rehearsal import rehearsal_markdown, rehearsal_page
from piquet.rehearsal.play import simulate
from piquet.rehearsal.script import Script, write_script
from piquet.rehearsal.stage import on_a_wall
from piquet.rehearsal.timeline import What
from piquet.rehearsal.times import CYCLE
from piquet.strike import Mode, Strike, Window
from tests.day.plays import outlet

PARIS = pendulum.timezone("Europe/Paris")
NOW = datetime(2026, 12, 3, 16, 0, tzinfo=UTC)
EVERY = tuple(f"{network}/le-journal" for network in NAMES)
STRIKE = Strike(notices=("En grève, jour {day_number}.",), closing="Merci à vous.")


def article(at: datetime, title: str = "Un article", *, dated: bool = True) -> tuple[datetime, Entry]:
    link = f"https://journal.example/{at:%d-%H-%M}"
    return at, Entry(feed="f", id=link, link=link, title=title, published=at if dated else None)


def script(strike: Strike = STRIKE, found=(), *, accounts=EVERY, language="fr", **more) -> Script:
    newsroom = replace(outlet(PARIS, accounts), language=language)
    return write_script(
        newsroom,
        strike,
        found or [article(NOW - timedelta(days=1))],
        **{
            "day": None,
            "now": NOW,
            "templates": {},
            "hashtags": {},
            "allowances": {},
            "pinned": "Avant",
            **more,
        },
    )


def local(moment: datetime) -> str:
    return f"{moment.astimezone(PARIS):%Y-%m-%d %H:%M}"


def test_the_next_planned_strike_is_played_as_it_is_planned():
    walkout = Window(start=datetime(2026, 12, 9, 10, tzinfo=UTC), end=datetime(2026, 12, 10, 10, tzinfo=UTC))
    found = script(replace(STRIKE, windows=(walkout,), days=(date(2026, 11, 2),)))
    assert not found.as_if
    assert (local(found.span.start), local(found.span.end)) == ("2026-12-09 11:00", "2026-12-10 11:00")
    assert found.play.states[0][1].days == (date(2026, 11, 2),)


def test_without_a_planned_strike_tomorrow_is_one_and_the_hand_switch_is_left_out():
    found = script(replace(STRIKE, switch="strike"))
    ((_, strike),) = found.play.states
    assert found.as_if and (strike.switch, strike.days) == ("normal", (date(2026, 12, 4),))
    assert (local(found.span.start), local(found.span.end)) == ("2026-12-04 00:00", "2026-12-05 00:00")


def test_a_day_that_somebody_asks_for_is_the_one_that_is_played():
    found = script(replace(STRIKE, days=(date(2026, 12, 9),)), day=date(2026, 12, 20))
    assert found.as_if and local(found.span.start) == "2026-12-20 00:00"


def test_days_struck_by_hand_before_are_counted():
    found = script(replace(STRIKE, days_before=1), by_hand=frozenset({date(2026, 11, 5), date(2026, 11, 6)}))
    assert found.play.states[0][1].days_before == 3


def test_the_last_whole_day_becomes_the_strike_day_and_the_one_before_its_eve():
    days = [NOW - timedelta(days=3), NOW - timedelta(days=1, hours=2), NOW - timedelta(minutes=5)]
    found = script(found=[article(at) for at in days], day=date(2026, 12, 10))
    played = {local(e.published) for e in found.play.entries}
    assert played == {"2026-12-10 15:00", "2026-12-09 17:00", "2026-12-08 16:55"}


def test_articles_without_a_time_are_spread_over_the_day():
    found = script(found=[article(NOW - timedelta(days=1, minutes=n), dated=False) for n in range(7)][::-1])
    assert [local(e.published)[11:] for e in found.play.entries] == [
        f"{hour:02}:00" for hour in range(7, 21, 2)
    ]


def test_an_outlet_that_has_no_article_yet_is_told_to_run_a_cycle():
    with pytest.raises(UserError, match="run a cycle first"):
        write_script(
            outlet(PARIS, EVERY),
            STRIKE,
            [],
            day=None,
            now=NOW,
            templates={},
            hashtags={},
            allowances={},
            pinned="",
        )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.datetimes(datetime(2026, 11, 25), datetime(2026, 12, 3, 15)), min_size=1, max_size=30),
    st.dates(date(2026, 10, 20), date(2027, 4, 5)),
)
def test_every_article_that_is_played_appears_within_the_play_on_any_day(times, day):
    found = [article(at.replace(tzinfo=UTC)) for at in sorted(times)]
    played = script(found=found, day=day)
    assert played.play.entries
    assert all(played.start <= e.published < played.span.end + timedelta(days=1) for e in played.play.entries)
    assert {e.link for e in played.play.entries} <= {e.link for _, e in found}


def test_clients_of_a_rehearsal_reach_its_own_wall_and_nothing_else():
    """By construction: no address and no secret is taken from anywhere, and every network has its place."""
    newsroom = outlet(PARIS, EVERY)
    with on_a_wall(newsroom, lambda: NOW) as stage:
        assert set(stage.clients) == set(EVERY)
        for client in stage.clients.values():
            assert client._wire.base.startswith("http://127.0.0.1:")
        asyncio.run(_close(stage.clients.values()))
        assert stage.wall.posts() == []


def test_the_wall_dates_its_answers_by_the_rehearsals_own_clock():
    with on_a_wall(outlet(PARIS, EVERY[:1]), lambda: NOW) as stage:
        (client,) = stage.clients.values()
        answer = httpx.get(client._wire.base, trust_env=False)
        asyncio.run(_close([client]))
    assert answer.headers.get_list("date") == ["Thu, 03 Dec 2026 16:00:00 GMT"]


async def _close(clients) -> None:
    for client in clients:
        await client.aclose()


@pytest.fixture(scope="module")
def played():
    """Two hours on every network, one of them on strike less."""
    start = datetime(2026, 12, 4, 7, 30, tzinfo=UTC)
    strike = replace(
        STRIKE,
        windows=(Window(start=start, end=start + timedelta(hours=2)),),
        accounts=EVERY[:6],
    )
    found = script(
        strike,
        [
            article(NOW - timedelta(days=2), "La veille"),
            article(datetime(2026, 12, 2, 8, 3, tzinfo=UTC), "<b>Pendant</b> | la grève"),
        ],
    )
    return found, asyncio.run(simulate(found.play, start=found.start, until=found.until, step=CYCLE))


def test_a_strike_is_played_on_every_network(played):
    _, told = played
    for account in EVERY[:6]:
        before, during = told.of(account, What.ENTRY)
        assert before.text.startswith("La veille") and during.text.startswith("En grève, jour 1.")
        assert [f"{e.at:%H:%M}" for e in told.of(account, What.BEGINS, What.ENDS)] == ["07:30", "09:30"]
        assert len(told.of(account, What.REMINDER)) == 1 and len(told.of(account, What.CLOSING)) == 1
        assert all(
            event.look for event in told.of(account) if event.text and event.what in ("entry", "notice")
        )
    assert [e.what for e in told.of(EVERY[6])] == [What.ENTRY, What.ENTRY]
    assert all(standing == ("Avant",) for standing in told.standing.values()) and told.standing


def test_the_page_shows_every_post_as_the_wall_does_and_loads_nothing(played):
    found, told = played
    page = rehearsal_page(found, told)
    assert page.count("<article") == sum(
        event.look is not None and event.what in ("entry", "reminder", "notice", "closing")
        for event in told.events
    )
    assert "&lt;b&gt;Pendant" in page and "<b>Pendant" not in page and "<script" not in page
    assert "répétition de la grève" in page and "La grève commence, jour 1" in page
    assert "src=" not in page and "127.0.0.1" not in page


def test_the_artifact_tells_the_same_account_by_account(played):
    found, told = played
    text = rehearsal_markdown(found, told)
    heading = next(line for line in text.splitlines() if line.startswith("## "))
    assert heading == "## Mastodon · `mastodon/le-journal`"
    assert "Ce compte n’est pas en grève" in text and "\\|" in text
    assert text.count("La grève commence, jour 1") == 6


def test_in_mode_hold_the_page_says_what_is_held_and_only_this_machine_is_called(played, monkeypatch):
    called, send = set(), httpx.AsyncHTTPTransport.handle_async_request

    async def noted(transport, request):
        called.add(request.url.host)
        return await send(transport, request)

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", noted)
    found, told = played
    ((at, strike),) = found.play.states
    play = replace(
        found.play, outlet=outlet(PARIS, EVERY[:1]), states=((at, replace(strike, mode=Mode.HOLD)),)
    )
    told = asyncio.run(simulate(play, start=found.start, until=found.until, step=CYCLE))
    (held,) = told.of(EVERY[0], What.HELD)
    assert held.title == "<b>Pendant</b> | la grève"
    assert "les articles attendent la fin" in held.text and "mode hold" not in held.text
    assert [e.on_strike for e in told.of(EVERY[0], What.ENTRY)] == [False, False]
    assert "Article retenu" in rehearsal_page(replace(found, play=play), told)
    assert called == {"127.0.0.1"}
