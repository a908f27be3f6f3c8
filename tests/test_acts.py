"""What a person may do to deliveries: the rules, whatever the state; and what must be said with an act."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piquet.acts import Candidate, Selection, becomes, check_act, check_selection, read_moment, why_not
from piquet.config import check_zone
from piquet.errors import UserError
from piquet.ledger.states import MOVES, DeliveryState

NOW = datetime(2026, 12, 5, 8, 0, tzinfo=UTC)
PARIS = check_zone("Europe/Paris", "test")
KINDS = st.sampled_from(["retry", "drop", "release"])
CANDIDATES = st.builds(
    Candidate,
    state=st.sampled_from(DeliveryState),
    waits=st.booleans(),
    named=st.booleans(),
    retracted=st.booleans(),
)


@settings(deadline=None)
@given(KINDS, CANDIDATES)
def test_an_act_that_is_allowed_is_a_move_that_the_ledger_allows(kind, candidate):
    if not why_not(kind, candidate):
        assert becomes(kind) in MOVES[candidate.state]


@settings(deadline=None)
@given(KINDS, CANDIDATES)
def test_what_is_being_sent_was_sent_or_is_final_is_left_alone_in_one_sentence(kind, candidate):
    final = {DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.DROPPED, DeliveryState.RETRACTED}
    refused = why_not(kind, candidate)
    assert refused or candidate.state not in final
    assert not refused or (refused.endswith(".") and "\n" not in refused)


@settings(deadline=None)
@given(KINDS, CANDIDATES)
def test_nothing_of_a_retracted_article_is_ever_made_due(kind, candidate):
    if candidate.retracted and not why_not(kind, candidate):
        assert becomes(kind) is DeliveryState.DROPPED


@pytest.mark.parametrize(("who", "why"), [("", "because"), ("  ", "because"), ("Ana", ""), ("Ana", "\n")])
def test_an_act_without_a_name_or_a_reason_is_refused(who, why):
    with pytest.raises(UserError, match=r"field '(who|why)'"):
        check_act("drop", who, why, NOW)


@pytest.mark.parametrize("kind", ["retry", "drop"])
def test_everything_at_once_is_never_meant(kind):
    with pytest.raises(UserError, match="nothing is chosen"):
        check_selection(kind, Selection())
    assert check_selection("release", Selection()).is_everything


def test_a_span_that_ends_before_it_begins_is_refused():
    with pytest.raises(UserError, match="field 'until'"):
        check_selection("drop", Selection(since=NOW, until=NOW - timedelta(hours=1)))


def test_a_time_is_the_newsrooms_where_it_names_no_zone():
    assert read_moment("2026-12-05T09:00", PARIS, "x") == NOW
    assert read_moment("2026-12-05T08:00+00:00", PARIS, "x") == NOW
    assert read_moment("", PARIS, "x") is None
    with pytest.raises(UserError, match="'noon' is not a time"):
        read_moment("noon", PARIS, "drop, field 'since'")
