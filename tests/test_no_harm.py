"""No harm: with a strike that accompanies or replaces, each account posts the links it would have posted, no later."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from piquet.drafting import draft
from piquet.entry import Entry
from piquet.networks import NAMES, TRAITS
from piquet.strike import Cause, Decision, Mode
from tests.strike_life import Life

NOW = datetime(2026, 12, 5, 9, tzinfo=UTC)
LIFE = Life(zone=UTC)
ACCOUNTS = tuple(f"{network}/a" for network in NAMES)

titles = st.text(max_size=400) | st.text(alphabet="ab é漢🙂👩‍👩‍👧@.#/", max_size=400)
links = st.from_regex(r"https://[a-z]{3,12}\.example/[a-z0-9/-]{0,90}", fullmatch=True)
entries = st.lists(
    st.builds(Entry, feed=st.just("f"), id=st.uuids().map(str), link=links, title=titles, summary=titles),
    max_size=5,
)
notices = st.lists(
    st.sampled_from(["Community managers en grève.", "En grève, jour {day_number}, à {outlet}.", "é" * 120]),
    min_size=1,
    max_size=3,
).map(tuple)


@settings(max_examples=60, deadline=None)
@given(entries, notices, st.sampled_from([Mode.ACCOMPANY, Mode.REPLACE]), st.sets(st.sampled_from(ACCOUNTS)))
def test_every_account_posts_the_same_links_with_a_strike_as_without_and_in_the_same_cycle(
    run, texts, mode, covered
):
    ordinary = {a: Decision(account=a, on_strike=False, cause=Cause.NO_STRIKE) for a in ACCOUNTS}
    on_strike = {
        a: replace(d, on_strike=True, cause=Cause.DAY, mode=mode, day_number=3, notices=texts, short_notices=("CM en grève.",))
        if a in covered
        else d
        for a, d in ordinary.items()
    }  # fmt: skip
    composers = [LIFE.composer(account, NOW) for account in ACCOUNTS]
    without, during = (
        draft("j", [(entry, None) for entry in run], composers, decisions, now=NOW, turn=0)
        for decisions in (ordinary, on_strike)
    )
    assert posted(without) == posted(during)
    assert {d.key for d in without} == {d.key for d in during}
    for one in during:
        traits, text, link = TRAITS[one.account.split("/")[0]], one.payload.text, one.payload.link
        assert traits.limit.fits(text, link if link in text else None)
        assert link in text or not traits.link_in_text or traits.card_carries_link
        starts = text.startswith(
            ("Community managers", "En grève, jour 3, à Le Journal.", "é" * 120, "CM en grève.")
        )
        assert starts or one.account not in covered


def posted(drafts) -> set[tuple[str, str | None, str, bool]]:
    """What goes out now: account, link, state, and whether it waits."""
    return {(d.account, d.payload and d.payload.link, d.state, d.not_before is not None) for d in drafts}
