"""What the crash matrix takes for right: exactly once, in order and known; less only where nobody can ask, and told."""

from datetime import UTC, datetime

import pytest

from piquet.ledger.states import DeliveryState
from piquet.ledger.values import DeliveryRow
from tests.crash.matrix import judge

ONE, TWO = TITLES = ["Le premier", "Le second"]
POSTS = [f"{ONE}\n\nhttps://journal.example/1", f"{TWO}\n\nhttps://journal.example/2"]
NOW = datetime(2026, 12, 5, tzinfo=UTC)


def rows(*states, reason="look whether it is there"):
    return {
        title: DeliveryRow(
            id=number,
            account="a",
            kind="entry",
            state=DeliveryState(state),
            title=title,
            link="",
            text=title,
            reason=reason,
            created_at=NOW,
            updated_at=NOW,
        )
        for number, (title, state) in enumerate(zip(TITLES, states, strict=False))
    }


def word(texts, ledger, *, place="mastodon", codes=(0,)):
    cell = judge(place, TITLES, texts, ledger, codes)
    assert cell.holds == (cell.word.partition("/")[0] in ("once", "told"))
    return cell.word


def test_two_posts_in_order_that_the_ledger_knows_are_right():
    assert word(POSTS, rows("sent", "sent"), codes=(0, 0)) == "once/2"


@pytest.mark.parametrize("place", ["mastodon", "telegram"])
@pytest.mark.parametrize(
    ("texts", "states"),
    [
        ([*POSTS, POSTS[1]], ("sent", "sent")),
        ([POSTS[0], *POSTS], ("sent", "dropped")),
        (POSTS[::-1], ("sent", "sent")),
        (POSTS[:1], ("sent", "sent")),
        (POSTS[:1], ("sent", "due")),
        (POSTS[:1], ("sent",)),
        (POSTS, ("sent", "unsettled")),
        ([], ("failed", "failed")),
    ],
)
def test_a_post_twice_out_of_order_lost_or_unknown_is_wrong_everywhere(place, texts, states):
    assert word(texts, rows(*states), place=place, codes=(1,)) == "WRONG"


def test_a_dropped_post_is_right_only_where_nobody_can_ask_and_a_person_was_told():
    ledger = rows("dropped", "sent")
    assert word(POSTS[1:], ledger, place="mastodon", codes=(1,)) == "WRONG"
    assert word(POSTS[1:], ledger, place="telegram", codes=(0,)) == "UNTOLD"
    assert word(POSTS[1:], rows("dropped", "sent", reason=""), place="telegram", codes=(1,)) == "WRONG"
    assert word(POSTS[1:], ledger, place="telegram", codes=(1, 0)) == "told/2"
    assert word(POSTS, ledger, place="telegram", codes=(1,)) == "told/1"
