"""What a person may do to deliveries: the rules, whatever the state; and what must be said with an act."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from piquet.acts import Acted, Candidate, Selection, becomes, check_act, check_selection, read_moment, why_not
from piquet.config import check_zone
from piquet.errors import UserError
from piquet.lane import Outcome
from piquet.ledger.states import MOVES, DeliveryState
from tasks.acts import Asked, ended

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


def test_a_day_without_its_hour_is_no_time_and_24_00_is_the_end_of_its_day():
    with pytest.raises(UserError, match="'2026-12-05' has no hour: write one like 2026-12-05T11:00"):
        read_moment("2026-12-05", PARIS, "drop, field 'until'")
    assert read_moment("2026-12-04 24:00", PARIS, "x") == read_moment("2026-12-05T00:00", PARIS, "x")


def acted(**values) -> Acted:
    usual = {"delivery": 1, "account": "x/a", "title": "T", "url": "", "before": "sent", "after": "retracted"}
    return Acted(**{**usual, **values})


def test_a_run_that_left_nothing_undone_is_completed_and_its_table_is_its_data():
    state = ended([acted()], Asked(kind="retract", who="Ana", why="w"), {"x/a": Outcome(retracted=1)})
    assert (state.name, state.data[0]["after"]) == ("Completed", "retracted")
    assert state.message.startswith("retract: 1 done.") and "1 taken down" in state.message


@pytest.mark.parametrize(("why_not", "left"), [("It is being sent.", []), ("", ["x/a"])])
def test_a_run_that_leaves_something_to_look_at_is_marked(why_not, left):
    asked = Asked(kind="retract", who="Ana", why="w")
    assert ended([acted(why_not=why_not)], asked, {"x/a": Outcome()}, left).name == "Marked"


def test_a_run_whose_account_could_not_be_asked_has_failed_and_says_which():
    asked = Asked(kind="retract", who="Ana", why="w")
    state = ended([acted()], asked, {"x/a": Outcome(refused="invalid token")})
    assert state.is_failed() and "x/a: invalid token" in state.message


def test_a_rehearsal_says_that_nothing_was_done():
    asked = Asked(kind="drop", who="Ana", why="w", dry_run=True)
    assert ended([acted()], asked).message == "drop: 1 would be done."
