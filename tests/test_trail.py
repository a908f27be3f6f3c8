"""What an auditor reads: changes, rulings, posts; the CSV no spreadsheet runs; the page that needs nothing else."""

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from gettext import NullTranslations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piquet.audit.to_csv import HEADS, to_csv
from piquet.audit.trail import Span, change, day_span, read_span, trail
from piquet.audit.view import view
from piquet.errors import UserError
from piquet.ledger.values import Audited, Break
from piquet.locales import catalogue
from piquet.pages import markdown, page
from piquet.strike import Strike
from piquet.strike_form import strike_to_json

PARIS = ZoneInfo("Europe/Paris")
NOON = datetime(2026, 12, 5, 11, 0, tzinfo=UTC)
DAY = day_span(date(2026, 12, 5), PARIS)
ON = {"on_strike": True, "cause": "by_hand", "detail": "", "mode": "accompany", "day_number": 3}
OFF = {"on_strike": False, "cause": "no_strike", "detail": "", "mode": None, "day_number": None}
NASTY = st.text(
    st.one_of(
        st.sampled_from("=+-@＝＋－＠;,|\"'\t\r\n\0 \ufeff"),
        st.characters(),
        st.characters(categories=["Cs"]),
    ),
    max_size=20,
)


def row(kind: str, number: int = 1, *, chain: str = "x/a", minutes: int = 0, **changes) -> Audited:
    values = {
        "id": number,
        "outlet": "journal",
        "chain": "" if kind == "strike" else chain,
        "number": number,
        "at": NOON + timedelta(minutes=minutes),
        "kind": kind,
        "who": "piquet",
        "why": "",
        "delivery_id": None,
        "body": {},
        "previous": "0" * 64,
        "hash": "a" * 64,
    }
    return Audited(**{**values, **changes})


def decided(delivery: int, decision: dict, **more) -> Audited:
    body = {
        "state": "due",
        "decision": decision,
        "kind": "entry",
        "text": "Titre",
        "link": "https://j.example/1",
    }
    return row("decision", delivery, delivery_id=delivery, body=body, **more)


def sent(delivery: int, *, url: str = "https://x.example/1", text: str = "Titre", **more) -> Audited:
    body = {"before": "sending", "state": "sent", "text": text, "link": "https://j.example/1", "url": url}
    return row("post", delivery + 50, delivery_id=delivery, body=body, **more)


def flipped(before: Strike | None, after: Strike, *, way: str = "block", who: str = "", **more) -> Audited:
    body = {"way": way, "before": before and strike_to_json(before), "after": strike_to_json(after)}
    return row("strike", who=who, body=body, **more)


def read(*rows: Audited, **more):
    return trail("journal", DAY, rows, **more)


def cells(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def test_a_change_tells_what_was_set_before_and_after_and_by_whom():
    normal = Strike(notices=("En grève.",))
    strike = replace(normal, switch="strike", changed_by="Ana", why="un vote")
    told = change(flipped(normal, strike))
    assert [(d.field, d.before, d.after) for d in told.differences] == [("switch", "normal", "strike")]
    assert (told.who, told.why, told.way, told.signed, told.first) == ("Ana", "un vote", "block", True, False)


def test_a_name_left_in_the_form_by_an_earlier_change_is_not_told_as_who_did_this_one():
    strike = Strike(switch="strike", notices=("En grève.",), changed_by="Ana", why="un vote")
    told = change(flipped(strike, replace(strike, switch="normal")))
    assert told.who == "Ana" and not told.signed
    shown = view(read(flipped(strike, replace(strike, switch="normal"))), "Le Journal", PARIS, "en")
    assert shown.sections[0].rows[0][1].lines == ("Ana (was in the form already)",)


def test_a_validated_way_is_believed_over_the_form():
    strike = Strike(switch="strike", notices=("En grève.",), changed_by="Ana")
    told = change(flipped(strike, replace(strike, switch="normal"), way="cli", who="Karim"))
    assert (told.who, told.signed, told.way) == ("Karim", True, "cli")


def test_the_first_state_is_told_as_such_and_what_is_empty_is_no_difference():
    told = change(flipped(None, Strike(notices=("En grève.",))))
    assert told.first and "days" not in {d.field for d in told.differences}


def test_a_state_of_an_older_version_differs_by_what_is_set_only():
    old = {"switch": "normal", "mode": "accompany"}
    told = change(row("strike", body={"before": old, "after": {**old, "closing": "", "switch": "strike"}}))
    assert [d.field for d in told.differences] == ["switch"]


def test_equal_decisions_in_a_row_are_one_ruling_and_accounts_are_apart():
    rows = [decided(n, OFF if n < 3 else ON, minutes=n) for n in range(1, 6)]
    found = read(*rows, decided(9, OFF, chain="bluesky/a", minutes=2)).rulings
    assert [(r.account, r.count, r.decision) for r in found] == [
        ("bluesky/a", 1, OFF),
        ("x/a", 2, OFF),
        ("x/a", 3, ON),
    ]
    assert found[2].first == NOON + timedelta(minutes=3) and found[2].last == NOON + timedelta(minutes=5)


def test_a_post_carries_the_last_decision_it_went_out_under():
    found = read(
        decided(1, OFF), replace(decided(1, ON, minutes=1), number=2), sent(1, minutes=2), sent(8, minutes=3)
    ).posts
    assert [(post.row.delivery_id, post.decision) for post in found] == [(1, ON), (8, {})]


def test_what_failed_or_is_in_doubt_is_no_post_but_stands_in_the_timeline():
    doubt = row("post", 2, body={"state": "unsettled", "text": "Titre"})
    found = read(doubt)
    assert found.posts == () and found.rows == (doubt,)
    assert "in doubt" in page(view(found, "J", PARIS, "en"))


@given(st.permutations([decided(n, OFF, minutes=n // 2, chain=f"x/{n % 3}") for n in range(8)]))
def test_the_order_in_which_a_database_gives_rows_changes_no_byte(rows):
    straight = read(*sorted(rows, key=lambda r: r.number))
    assert to_csv(read(*rows), PARIS) == to_csv(straight, PARIS)
    assert page(view(read(*rows), "J", PARIS, "fr")) == page(view(straight, "J", PARIS, "fr"))


@given(texts=st.lists(NASTY, min_size=5, max_size=5))
def test_no_cell_is_a_formula_whichever_separator_a_spreadsheet_takes(texts):
    who, why, text, url, before = texts
    nasty = row("post", who=who, why=why, body={"state": "sent", "text": text, "url": url, before: text})
    written = to_csv(read(nasty), PARIS)
    written.encode()
    found = cells(written)
    assert len(found) == 2 and {len(line) for line in found} == {len(HEADS)}
    for delimiter in (",", ";"):
        for line in cells(written, delimiter):
            assert not [
                cell
                for cell in line
                if re.match(r"[\s\"']*[=+\-@＝＋－＠]", cell) and not re.match(r"[\s\"]*'", cell)
            ]


def test_the_csv_has_times_in_utc_and_in_the_newsrooms_hours_and_ends_with_the_heads():
    found = cells(to_csv(read(sent(1), heads=[row("post", 7, hash="f" * 64)]), PARIS))
    (first, head) = (dict(zip(found[0], line, strict=True)) for line in found[1:])
    assert (first["utc"], first["local"]) == ("2026-12-05T11:00:00.000000Z", "2026-12-05T12:00:00+01:00")
    assert (first["event"], first["url"]) == ("sent", "https://x.example/1")
    assert (head["kind"], head["chain"], head["number"], head["hash"]) == ("head", "x/a", "7", "f" * 64)


def test_a_broken_chain_stands_in_the_csv_and_first_on_the_page():
    broken = read(breaks=[Break(chain="x/a", number=3, why="rows are missing before this one")])
    assert cells(to_csv(broken, PARIS))[-1][HEADS.index("kind")] == "break"
    shown = view(broken, "Le Journal", PARIS, "fr")
    assert not shown.holds
    assert shown.verdict[1] == "x/a, ligne 3\u00a0: il manque des lignes avant celle-ci."
    assert "tient" not in page(shown)


def test_the_state_in_force_at_the_beginning_is_told_with_all_it_sets():
    strike = Strike(switch="strike", notices=("En grève.",), changed_by="Ana")
    shown = view(read(in_force=flipped(Strike(), strike, minutes=-1000)), "J", PARIS, "en")
    (told,) = shown.sections[0].rows
    assert told[2].lines[:2] == ("In force at the beginning, since then:", "Switch: strike")
    assert shown.counted.startswith("Changes of the strike: 0;")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_word_of_the_page_is_in_the_catalogue(language, monkeypatch):
    class Strict(NullTranslations):
        def gettext(self, message):
            raise AssertionError(f"no words for {message!r}")

        def pgettext(self, context, message):
            raise AssertionError(f"no words for {context} {message!r}")

    monkeypatch.setattr(catalogue(language), "_fallback", Strict())
    normal, strike = Strike(days=(date(2026, 12, 6),)), Strike(switch="strike", notices=("En grève.",))
    act = row("act", who="Karim", why="trop tard", body={"act": "drop", "state": "dropped"})
    rows = [
        flipped(None, normal),
        flipped(normal, strike, minutes=1),
        decided(1, ON),
        decided(2, OFF),
        sent(1),
        act,
    ]
    for breaks in ([], [Break(chain="", number=2, why="this row, or the one before it, was changed")]):
        shown = view(read(*rows, heads=rows, breaks=breaks), "Le Journal", PARIS, language)
        assert (
            page(shown) and markdown(shown, "a" * 2_000_000) and markdown(shown, to_csv(read(*rows), PARIS))
        )


def test_the_page_needs_nothing_else_and_runs_nothing():
    evil = sent(1, text="<script>alert(1)</script>", url="javascript:alert(1)", who="<b>")
    html = page(view(read(evil, flipped(None, Strike(notices=("<img src=x>",)))), "A & B", PARIS, "fr"))
    assert "<script" not in html and "<img" not in html and "<b>" not in html and "javascript:" not in html
    assert not re.search(r"<[^>]*src=|<link|@import|url\(", html)
    assert '<html lang="fr">' in html and "Audit\u00a0: A &amp; B" in html
    assert set(re.findall(r'href="([^"]*)"', html)) == {"https://j.example/1"}


def test_a_headline_breaks_no_table_of_the_artifact_and_its_fence_holds_the_csv():
    text = markdown(view(read(sent(1, text="a | b\n```\n# c")), "J", PARIS, "en"), "```\n")
    assert "a \\| b" in text and "\n# c" not in text
    assert text.endswith("``````csv\n```\n``````\n")


def test_an_hour_that_comes_twice_is_told_apart():
    span = day_span(date(2026, 10, 25), PARIS)
    assert span.until.astimezone(UTC) - span.since.astimezone(UTC) == timedelta(hours=25)
    twice = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]
    found = trail("journal", span, [replace(sent(1), at=twice[0]), replace(sent(2), at=twice[1])])
    posts = view(found, "J", PARIS, "fr").sections[2].rows
    assert [post[0].lines[0] for post in posts] == [
        "25 oct. 2026, 02:30:00 UTC+0200",
        "25 oct. 2026, 02:30:00 UTC+0100",
    ]


@pytest.mark.parametrize(
    ("asked", "since", "until"),
    [
        (("", "", ""), "2026-12-05T00:00+01:00", "2026-12-06T00:00+01:00"),
        (("yesterday", "", ""), "2026-12-04T00:00+01:00", "2026-12-05T00:00+01:00"),
        (("2026-03-29", "", ""), "2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00"),
        (("", "2026-12-01", ""), "2026-12-01T00:00+01:00", "2026-12-05T12:00+01:00"),
        (("", "2026-12-01T11:00", "2026-12-02T11:00Z"), "2026-12-01T11:00+01:00", "2026-12-02T11:00+00:00"),
    ],
)
def test_a_span_is_read_in_the_newsrooms_hours(asked, since, until):
    ends = Span(since=datetime.fromisoformat(since), until=datetime.fromisoformat(until))
    assert read_span(*asked, NOON, PARIS) == ends


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (("5/12", "", ""), "'day': '5/12' is not a day"),
        (("2026-12-05", "2026-12-04", ""), "'day'"),
        (("", "", "2026-12-05"), "'since': it is empty"),
        (("", "noon", ""), "'since': 'noon' is not a time"),
        (("", "2026-12-04", "2026-12-03"), "'until': '2026-12-03' is not after '2026-12-04'"),
    ],
)
def test_a_span_that_cannot_be_meant_is_refused_in_one_sentence(asked, field):
    with pytest.raises(UserError, match=re.escape(field)) as error:
        read_span(*asked, NOON, PARIS)
    assert "\n" not in str(error.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | NASTY,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["start", "end", "days", "mode", "why", "switch", "{x}"]) | NASTY, inner
        )
    ),
    max_leaves=6,
)
FIELDS = ("before", "after", "state", "decision", "text", "link", "url", "act", "way")
DECISION = st.fixed_dictionaries(
    {}, optional={"cause": JSON, "detail": JSON, "on_strike": JSON, "mode": JSON}
)


@given(
    kind=st.sampled_from(["strike", "decision", "post", "act", "other"]),
    body=JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, JSON | DECISION)),
    language=st.sampled_from(["fr", "en"]),
)
def test_a_row_that_somebody_tampered_with_can_still_be_shown(kind, body, language):
    found = read(row(kind, body=body), in_force=row("strike", body=body))
    shown = view(found, "J", PARIS, language)
    assert page(shown).encode() and markdown(shown, to_csv(found, PARIS)).encode()
