"""The validated ways: what is written where and in which order, whose it is, and what a kill or another hand in between does."""

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

import blocks
from piquet.calling import Request
from piquet.errors import UserError
from piquet.ledger import Ledger, upgrade
from piquet.networks import TRAITS
from piquet.strike_form import strike_to_json
from tasks import planning, report, strike
from tasks.opening import Account, Desk

NOW = datetime(2026, 12, 4, 18, 0, 0, 123, tzinfo=UTC)
ASKED = Request(who="Ana", why="vote", from_now=True, statement_url="https://cm.example.org/texte")


class Newsroom:
    """A desk with a ledger of its own, and a block that stands in for Prefect's."""

    def __init__(self, ledger: Ledger) -> None:
        outlet = blocks.Outlet(
            title="Le J", feeds=["https://j.example/rss"], accounts=["x/j", "mastodon/j"]
        ).to_rule("j")
        accounts = {
            name: Account(reference=name, traits=TRAITS[name.partition("/")[0]], client=None)
            for name in outlet.accounts
        }
        self.desk = Desk(outlet=outlet, ledger=ledger, accounts=accounts, cycle=0, previous=None)
        self.form = blocks.Strike(notices=["En grève."])
        self.saved, self.shown, self.told = [], [], []
        self.before_save = lambda: None
        self.clock = NOW

    async def load(self, *_):
        if self.form is None:
            raise UserError("Strike j, field 'mode': it cannot be read.")
        return self.form

    async def save(self, form):
        self.before_save()
        self.saved.append(form)
        self.form = form

    def do(self, change, *, at=NOW, check_only=False):
        self.clock = at
        return asyncio.run(planning.carry_out(self.desk, change, at, check_only=check_only))

    def call(self, at=NOW, *, check_only=False, without_statement=False, **more):
        change = planning.call(replace(ASKED, **more), without_statement=without_statement)
        return self.do(change, at=at, check_only=check_only)

    def end(self, at=NOW, when="", **more):
        return self.do(planning.end("Bo", "assemblée", when=when, later_too=False), at=at, **more)

    def cycle(self, at=NOW):
        """What a cycle does with the block."""
        rule = self.form.to_rule(self.desk.outlet.zone)
        return strike.note(self.desk, rule, at)

    @property
    def changes(self):
        rows = self.desk.ledger.audit_trail("j")
        return [
            (row.body["way"], row.who, row.body["after"]["switch"]) for row in rows if row.kind == "strike"
        ]


@pytest.fixture
def room(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    upgrade(url)
    with Ledger.open(url) as ledger:
        made = Newsroom(ledger)
        log = logging.getLogger("test")
        for module in (planning, strike):
            monkeypatch.setattr(module, "load_block", made.load)
            monkeypatch.setattr(module, "get_run_logger", lambda: log)
            monkeypatch.setattr(module, "emit_event", lambda **event: made.told.append(event))
        clock = SimpleNamespace(now=lambda: made.clock)
        monkeypatch.setattr(planning, "clock", clock)
        monkeypatch.setattr(report, "clock", SimpleNamespace(now=lambda: made.clock + timedelta(seconds=1)))
        monkeypatch.setattr(planning, "write", planning.write.fn)
        monkeypatch.setattr(planning, "runtime", SimpleNamespace(deployment=SimpleNamespace(id="form")))

        async def leave(_, shown):
            made.shown.append(shown)

        async def save(form, name, overwrite):
            assert (name, overwrite) == ("j", True)
            await made.save(form)

        monkeypatch.setattr(planning, "leave_preview", leave)
        monkeypatch.setattr(blocks.Strike, "asave", save)
        yield made


def test_a_call_saves_every_field_and_the_cycle_finds_whose_it_is(room):
    state = room.call()
    assert state.is_completed()
    (form,) = room.saved
    assert form.model_fields_set == set(blocks.Strike.model_fields)
    assert (form.switch, form.notices, form.changed_by) == ("strike", ["En grève."], "Ana")
    assert len(room.shown) == 1 and [one.account for one in room.shown[0].accounts] == ["x/j", "mastodon/j"]
    assert room.changes == [("block", "", "normal"), ("call_strike", "Ana", "strike")]
    assert room.cycle() == (False, "")
    (event,) = room.told
    assert (event["event"], event["payload"]["who"]) == ("piquet.strike.changed", "Ana")
    assert event["payload"]["on_strike"] == ["mastodon/j", "x/j"]
    assert event["payload"]["changed"]["switch"] == {"before": "normal", "after": "strike"}


def test_a_run_of_no_deployment_is_told_as_the_command_lines(room, monkeypatch):
    monkeypatch.setattr(planning, "runtime", SimpleNamespace(deployment=SimpleNamespace(id=None)))
    room.call()
    room.cycle()
    assert room.changes[-1] == ("cli", "Ana", "strike")


def test_what_is_refused_changes_neither_block_nor_ledger(room):
    state = room.call(accounts=["x/personne"], statement_url="", days=[date(2020, 1, 1)], who=" ")
    assert state.is_failed()
    state = room.call(accounts=["x/personne"], statement_url="", days=[date(2020, 1, 1)])
    assert state.is_failed() and "x/personne" in state.message and state.message.count(".") >= 3
    assert not room.saved and not room.shown and room.desk.ledger.audit_trail("j") == []


def test_a_check_shows_what_readers_will_see_and_changes_nothing(room):
    state = room.call(check_only=True)
    assert state.is_completed() and len(room.shown) == 1
    assert not room.saved and room.desk.ledger.audit_trail("j") == []


def test_a_block_changed_meanwhile_is_left_as_it_is(room, monkeypatch):
    other = blocks.Strike(notices=["Autre."])

    async def leave(*_):
        room.form = other

    monkeypatch.setattr(planning, "leave_preview", leave)
    state = room.call()
    assert state.is_failed() and room.form is other and not room.saved
    assert room.desk.ledger.audit_trail("j") == []


def test_a_kill_before_the_save_has_changed_nothing_and_accuses_nobody(room):
    def die():
        raise KeyboardInterrupt

    room.before_save = die
    with pytest.raises(KeyboardInterrupt):
        room.call()
    assert room.form.switch == "normal"
    assert room.cycle() == (False, "")
    assert room.changes == [("block", "", "normal")]
    # Somebody else goes on strike by the block's form, in other words: it is theirs.
    room.form = blocks.Strike(notices=["En grève !"], switch="strike")
    room.cycle()
    assert room.changes[-1] == ("block", "", "strike")


def test_two_calls_before_any_cycle_are_told_as_two_changes(room):
    room.call()
    room.call(at=NOW + timedelta(seconds=5), who="Bo", notices=["Toujours en grève."])
    room.cycle(NOW + timedelta(seconds=9))
    assert room.changes == [
        ("block", "", "normal"),
        ("call_strike", "Ana", "strike"),
        ("call_strike", "Bo", "strike"),
    ]


def test_a_block_that_cannot_be_read_is_called_over_from_the_last_good_state(room):
    room.form = blocks.Strike(notices=["Depuis mardi."])
    room.cycle()
    room.form = None
    assert room.call().is_completed()
    assert (room.form.notices, room.form.switch) == (["Depuis mardi."], "strike")


def test_an_end_now_has_whole_seconds_and_is_over_at_once(room):
    room.form = blocks.Strike(notices=["En grève."], days=[date(2026, 12, 4)])
    room.cycle(NOW - timedelta(hours=3))
    assert room.end().is_completed()
    (window,) = room.form.windows
    assert window.end == NOW.replace(microsecond=0) and room.form.days == []
    room.cycle(NOW + timedelta(seconds=1))
    decisions = strike.standing(room.desk, NOW + timedelta(seconds=1)).by_account
    assert not any(decision.on_strike for decision in decisions.values())
    assert room.changes[-1][:2] == ("end_strike", "Bo")


def test_an_end_that_cannot_be_read_or_is_past_changes_nothing(room):
    room.form = blocks.Strike(notices=["En grève."], switch="strike")
    for when in ("demain", "2026-12-01 10:00"):
        assert room.end(when=when).is_failed()
    assert not room.saved and room.form.switch == "strike"


def test_a_stale_page_is_told_once_with_its_fields_and_names(room):
    old = room.form
    room.cycle(NOW - timedelta(hours=1))
    room.call(notices=["Nouveau."])
    room.cycle(NOW + timedelta(seconds=10))
    room.call(at=NOW + timedelta(minutes=1), who="Bo", hashtags=["#Greve"])
    room.told.clear()
    room.form = old
    changed, sentence = room.cycle(NOW + timedelta(hours=1))
    assert changed and "Ana" in sentence and "Bo" in sentence
    assert "Interrupteur" in sentence and "Messages" in sentence and "Mots-dièse" in sentence
    (event,) = room.told
    assert event["event"] == "piquet.strike.undone" and event["payload"]["why"] == sentence
    assert room.cycle(NOW + timedelta(hours=2)) == (False, "")
    assert len(room.told) == 1
    # The block is the truth all the same.
    assert room.desk.ledger.last_strike("j") == strike_to_json(old.to_rule(room.desk.outlet.zone))


def test_a_stale_page_saved_before_any_cycle_is_told_too(room):
    old = room.form
    room.call()
    room.form = old
    changed, sentence = room.cycle(NOW + timedelta(seconds=2))
    assert changed and "Ana" in sentence and "Interrupteur" in sentence


def test_a_kill_after_the_save_loses_no_name(room):
    def die():
        room.form = blocks.Strike(
            notices=["En grève."],
            switch="strike",
            changed_by="Ana",
            why="vote",
            statement_url=ASKED.statement_url,
        )
        raise KeyboardInterrupt

    room.before_save = die
    with pytest.raises(KeyboardInterrupt):
        room.call()
    assert room.changes[-1][0] == "block"
    assert room.cycle(NOW + timedelta(minutes=1)) == (True, "")
    assert room.changes[-1] == ("call_strike", "Ana", "strike")


def test_an_end_by_a_checked_way_is_no_stale_page(room):
    room.cycle(NOW - timedelta(hours=1))
    room.call()
    room.cycle(NOW + timedelta(seconds=10))
    room.end(at=NOW + timedelta(hours=1))
    assert room.cycle(NOW + timedelta(hours=2)) == (False, "")
    assert {event["event"] for event in room.told} == {"piquet.strike.changed"}


def decided(room, at=NOW):
    return asyncio.run(strike.decide_accounts.fn(room.desk, at))


def events_of(room, name):
    return [event for event in room.told if event["event"] == name]


def test_a_form_that_cannot_work_is_told_once_a_day_and_the_last_good_state_applies(room):
    room.form = blocks.Strike(notices=["En grève."], switch="strike")
    assert decided(room).trouble == ""
    room.form = None
    for hours in (1, 2, 30):
        found = decided(room, NOW + timedelta(hours=hours))
        assert "it cannot be read" in found.trouble and found.by_account["x/j"].on_strike
    told = events_of(room, "piquet.strike.invalid")
    # The server keeps an event once: the same id on the same day.
    assert len({event["id"] for event in told}) == 2 and len(told) == 3


@pytest.mark.parametrize("values", [{"switch": "strike"}, {"days": [date(2026, 12, 20)]}])
def test_a_notice_too_long_in_the_form_is_told_before_the_day_and_applies_all_the_same(room, values):
    room.form = blocks.Strike(notices=["Nous sommes en grève " * 20], short_notices=[], **values)
    found = decided(room)
    assert "dépasse de" in found.trouble and "x/j" in found.trouble and "mastodon/j" not in found.trouble
    assert len(events_of(room, "piquet.strike.invalid")) >= 1
    assert found.by_account["x/j"].on_strike is ("switch" in values)


def test_a_notice_too_long_for_an_account_off_strike_or_for_no_strike_at_all_is_not_told(room):
    long = ["Nous sommes en grève " * 20]
    for values in ({"switch": "strike", "accounts": ["mastodon/j"]}, {}):
        room.form = blocks.Strike(notices=long, short_notices=[], **values)
        assert decided(room).trouble == "" and room.told == []
