"""From entries and decisions to deliveries: due, held, composed anew."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from piquet.compose import Style
from piquet.drafting import (
    Composer,
    batch,
    decision_to_json,
    delivery_key,
    draft,
    rewrite,
)
from piquet.entry import Disposition, Entry, Sorted
from piquet.ledger.values import Rewritable
from piquet.networks import TRAITS
from piquet.networks.bluesky import BlueskyClient
from piquet.networks.mastodon import MastodonClient
from piquet.strike import Cause, Decision, Mode

NOW = datetime(2026, 12, 5, 12, 0, tzinfo=UTC)
ACCOUNT = "mastodon/a"
ENTRY = Entry(feed="f", id="1", link="https://example.com/1", title="Titre")
ORDINARY = Decision(account=ACCOUNT, on_strike=False, cause=Cause.NO_STRIKE)
STRIKE = Decision(
    account=ACCOUNT,
    on_strike=True,
    cause=Cause.BY_HAND,
    mode=Mode.ACCOMPANY,
    day_number=1,
    notices=("Grève.",),
)


def composer(**values) -> Composer:
    traits = TRAITS["mastodon"]
    style = Style(
        account=ACCOUNT, outlet="J", language="fr", traits=traits, limit=traits.limit, local_now=NOW
    )
    client = MastodonClient(server="https://mastodon.example", token="t")
    return Composer(**{"account": ACCOUNT, "style": style, "client": client, **values})


def drafts(decision: Decision, **values):
    return draft("j", [(ENTRY, None)], [composer(**values)], {ACCOUNT: decision}, now=NOW, turn=0)


def rewritten(
    state: str,
    before: Decision,
    after: Decision,
    *,
    reason: str | None = None,
    corrected: bool = False,
    **values,
):
    item = waiting(state, before, reason=reason, corrected=corrected)
    return rewrite([item], composer(**values), after, now=NOW, turn=0)


def waiting(state: str, before: Decision, *, reason: str | None = None, corrected: bool = False):
    return Rewritable(
        id=7,
        entry=ENTRY,
        decision=decision_to_json(before),
        state=state,
        key="k",
        reason=before.reason if reason is None else reason,
        corrected=corrected,
    )


def test_a_draft_is_due_with_its_whole_payload_and_the_decision_behind_it():
    (one,) = drafts(STRIKE)
    assert one.state == "due" and one.payload.text.startswith("Grève.\n\nTitre")
    assert one.decision["reason"] == one.reason == "switched on by hand"


def test_the_posts_of_one_cycle_bear_times_in_the_order_of_their_entries_which_is_bluesky_s_order():
    client = BlueskyClient(handle="j.bsky.social", app_password="p")
    bluesky = replace(composer(client=client), style=replace(composer().style, traits=TRAITS["bluesky"]))
    waited = [replace(waiting("due", STRIKE), id=id) for id in range(3)]
    found = [Sorted(entry=replace(ENTRY, id=str(n)), disposition=Disposition.FRESH) for n in range(30)]
    made = batch(
        "j",
        now=NOW,
        feeds=(),
        found=found,
        ready=(),
        waiting={ACCOUNT: waited},
        composers=[bluesky],
        decisions={ACCOUNT: ORDINARY},
        turn=0,
    )
    payloads = [one.payload for one in (*made.rewrites, *made.drafts)]
    times = [payload.body["record"]["createdAt"] for payload in payloads]
    keys = [payload.body["rkey"] for payload in payloads]
    assert len(payloads) == 33
    assert times == sorted(set(times)) and keys == sorted(set(keys))


def test_in_mode_hold_nothing_is_composed_and_the_delivery_is_kept():
    (one,) = drafts(replace(STRIKE, mode=Mode.HOLD))
    assert one.state == "held" and one.payload is None


def test_an_account_that_cannot_be_used_keeps_its_delivery_with_the_trouble():
    (one,) = drafts(ORDINARY, client=None, trouble="the token is not set")
    assert one.state == "held" and one.payload is None and one.reason == "the token is not set"


def test_a_notice_too_long_holds_the_delivery_instead_of_losing_it():
    (one,) = drafts(replace(STRIKE, notices=("é" * 600,)))
    assert one.state == "held" and one.payload is None and "too long for mastodon/a" in one.reason


def test_a_delivery_that_waited_when_the_strike_began_gets_the_notice():
    (one,) = rewritten("due", ORDINARY, STRIKE)
    assert one.payload.text.startswith("Grève.")


def test_a_delivery_that_waited_when_the_strike_ended_loses_the_notice():
    (one,) = rewritten("due", STRIKE, ORDINARY)
    assert "Grève" not in one.payload.text


def test_a_notice_edited_while_a_delivery_waited_is_the_one_that_goes_out():
    (one,) = rewritten("due", STRIKE, replace(STRIKE, notices=("Nouveau message.",)))
    assert one.payload.text.startswith("Nouveau message.")


def test_a_waiting_delivery_whose_decision_still_holds_is_left_alone():
    assert rewritten("due", STRIKE, STRIKE) == ()
    assert rewritten("due", STRIKE, replace(STRIKE, cause=Cause.DAY, detail="2026-12-05")) == ()


def test_a_held_delivery_goes_out_once_nothing_holds_it():
    (one,) = rewritten("held", replace(STRIKE, mode=Mode.HOLD), ORDINARY)
    assert one.state == "due" and one.payload.text.startswith("Titre")


def test_a_held_delivery_stays_as_it_is_while_the_same_thing_holds_it():
    assert rewritten("held", ORDINARY, ORDINARY, client=None, trouble="no token", reason="no token") == ()


def test_the_key_of_a_delivery_is_the_same_in_every_run_and_another_for_each_account():
    again = replace(ENTRY, link="http://example.com/1/?utm_source=rss")
    assert delivery_key("j", ACCOUNT, ENTRY) == delivery_key("j", ACCOUNT, again)
    assert delivery_key("j", ACCOUNT, ENTRY) != delivery_key("j", "x/a", ENTRY)
    assert delivery_key("j", ACCOUNT, ENTRY) != delivery_key("k", ACCOUNT, ENTRY)


def test_two_articles_that_share_id_and_link_have_two_keys():
    other = replace(ENTRY, title="Un autre article de la page d'accueil")
    assert delivery_key("j", ACCOUNT, ENTRY) != delivery_key("j", ACCOUNT, other)
    assert delivery_key("j", ACCOUNT, ENTRY) != delivery_key("j", ACCOUNT, replace(ENTRY, language="xx"))


def test_a_delivery_that_waited_is_composed_anew_when_its_article_was_corrected():
    (one,) = rewritten("due", ORDINARY, ORDINARY, corrected=True)
    assert one.state == "due" and one.payload.text.startswith("Titre")


def held(number: int, mode: Mode | None) -> Rewritable:
    before = replace(STRIKE, mode=mode)
    return Rewritable(
        id=number, entry=ENTRY, decision=decision_to_json(before), state="held", key=str(number), reason="x"
    )


@settings(deadline=None)
@given(st.lists(st.sampled_from([Mode.HOLD, Mode.ACCOMPANY]), max_size=8), st.integers(0, 10))
def test_what_a_strike_held_goes_out_in_order_at_its_pace_and_what_trouble_held_at_once(modes, minutes):
    pace = timedelta(minutes=minutes)
    items = [held(number, mode) for number, mode in enumerate(modes)]
    changes = rewrite(items, composer(), ORDINARY, now=NOW, turn=0, pace=pace)
    by_strike = [c.not_before for c, mode in zip(changes, modes, strict=True) if mode is Mode.HOLD]
    assert [change.delivery_id for change in changes] == list(range(len(modes)))
    assert by_strike == [NOW + place * pace for place in range(len(by_strike))]
    assert {c.not_before for c, mode in zip(changes, modes, strict=True) if mode is not Mode.HOLD} <= {None}


def test_what_was_released_and_is_composed_anew_keeps_its_place():
    (one,) = rewritten("due", ORDINARY, STRIKE)
    assert one.not_before is None
