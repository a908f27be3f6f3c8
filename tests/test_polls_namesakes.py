"""Articles of one title and one moment over successive polls: none is lost, and one alone goes out once."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from test_polls import HOME, A, Newsroom, a

from piquet.ledger import Ledger, upgrade

HOSTS = (HOME, "https://www.lejournal.example/", "https://m.lejournal.example/", "https://nouveau.example/")
AGES = (30, 60, None)  # to the minute; to the hour, as dates without one; none at all
TITLES = ("Météo", "Le journal de 20 h")

relaxed = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)


@pytest.fixture(scope="module")
def opened(tmp_path_factory) -> Iterator[Ledger]:
    url = f"sqlite:///{tmp_path_factory.mktemp('namesakes')}/ledger.sqlite"
    upgrade(url)
    with Ledger.open(url) as ledger:
        yield ledger


def namesake(number: int, slug: int, kind: str) -> A:
    """One of many articles with few titles and moments; its number is in its link or its id."""
    title, ago = TITLES[number % 2], AGES[number // 2 % 3]
    if kind == "numbered links":
        return a("", guid="", link=f"{HOME}{slug}-{100_000 + number}", title=title, ago=ago)
    return a("", guid=f"id-{number}", link=f"{HOME}{number}/{slug}", title=title, ago=ago)


namesakes = st.lists(
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 2)), max_size=6, unique_by=lambda one: one[0]),
    min_size=1,
    max_size=5,
)


@relaxed
@given(polls=namesakes, kind=st.sampled_from(["numbered links", "own ids"]))
@example(polls=[[(0, 0)], [(6, 0)]], kind="numbered links")
@example(polls=[[(0, 0)], [(6, 0)]], kind="own ids")
@example(polls=[[(0, 0), (6, 0)], [(0, 1), (6, 0)]], kind="numbered links")
def test_of_articles_with_one_title_and_one_second_none_is_lost_though_slugs_change(opened, polls, kind):
    room = Newsroom(opened, outlet=uuid4().hex)
    assert room.poll([a("base")]) == []
    out = Counter(title for poll in polls for title in room.poll([namesake(*one, kind) for one in poll]))
    shown = Counter(TITLES[number % 2] for number in {number for poll in polls for number, _ in poll})
    assert all(out[title] >= times for title, times in shown.items()), (out, shown)


moves = st.lists(
    st.lists(
        st.tuples(st.integers(0, 7), st.sampled_from(["host", "slug", "parameter"]), st.integers(0, 3)),
        max_size=8,
        unique_by=lambda one: one[0],
    ),
    min_size=1,
    max_size=5,
)


@relaxed
@given(polls=moves)
@example(polls=[[(0, "slug", 0), (1, "host", 0)], [(0, "slug", 1), (1, "host", 1)]])
def test_an_article_without_id_goes_out_once_though_its_host_slug_or_parameter_changes(opened, polls):
    room = Newsroom(opened, outlet=uuid4().hex)
    assert room.poll([a("base")]) == []
    out = [title for poll in polls for title in room.poll([moved(*one) for one in poll])]
    assert sorted(out) == sorted({f"Titre de {number}" for poll in polls for number, _, _ in poll})


def moved(number: int, part: str, turn: int) -> A:
    host = HOSTS[turn] if part == "host" else HOME
    slug = f"{number}-{turn}" if part == "slug" else str(number)
    query = f"?vu={turn}" if part == "parameter" else ""
    return replace(a(str(number), guid="", ago=1.5 + number), link=f"{host}{slug}{query}")
