"""An audit read from a ledger: tampering in the middle shows, two exports are the same bytes, heads tell what was cut off."""

import csv
import hashlib
import io
import json
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from deployments.cli import main
from piquet.audit.reading import last_strike_span, read_trail
from piquet.audit.to_csv import to_csv
from piquet.audit.trail import day_span
from piquet.audit.view import view
from piquet.errors import UserError
from piquet.ledger import Ledger
from piquet.pages import page
from piquet.strike import Strike
from piquet.strike_form import strike_to_json

PARIS = ZoneInfo("Europe/Paris")
NORMAL = Strike(notices=("En grève.",))
STRIKE = replace(NORMAL, switch="strike", changed_by="Ana", why="un vote")

# Whatever a person with the database's password may do to the middle of a chain, its columns and its hashes.
TAMPERED = {
    "why changed": "UPDATE audit SET why = 'another' WHERE number = 2",
    "who changed": "UPDATE audit SET who = 'Karim' WHERE number = 2",
    "body changed": "UPDATE audit SET body = '{}' WHERE number = 2",
    "kind changed": "UPDATE audit SET kind = 'act' WHERE number = 2",
    "time changed": "UPDATE audit SET at = '2026-12-05 03:00:00+00:00' WHERE number = 2",
    "delivery changed": "UPDATE audit SET delivery_id = 99 WHERE number = 2",
    "first removed": "DELETE FROM audit WHERE number = 1",
    "middle removed": "DELETE FROM audit WHERE number = 3",
    "middle removed, the rest renumbered": "DELETE FROM audit WHERE number = 3; "
    "UPDATE audit SET number = number - 1 WHERE number = 4; UPDATE audit SET number = number - 1 WHERE number = 5; "
    "UPDATE audit SET number = number - 1 WHERE number = 6",
    "copied in": "INSERT INTO audit (outlet, chain, number, at, kind, who, why, body, previous, hash) "
    "SELECT outlet, chain, 7, at, kind, who, why, body, previous, hash FROM audit WHERE number = 2",
    "two swapped": "UPDATE audit SET number = 99 WHERE number = 2; UPDATE audit SET number = 2 WHERE number = 3; "
    "UPDATE audit SET number = 3 WHERE number = 99",
    "moved to another chain": "UPDATE audit SET chain = 'x/journal' WHERE number = 6",
    "changed and hashed anew with the hash before it": "UPDATE audit SET why = 'x', hash = previous WHERE number = 2",
}


def run(ledger, statements: str) -> None:
    with ledger._writing() as connection:
        for statement in statements.split("; "):
            connection.execute(text(statement))


def a_day(ledger, build) -> None:
    """Three entries sent on one account: six rows; the strike switched on between the first and the second."""
    ledger.see_strike(build.outlet, strike_to_json(NORMAL), build.now - timedelta(days=1))
    for number, name in enumerate("abc"):
        at = build.now + timedelta(minutes=10 * number)
        if number == 1:
            ledger.see_strike(build.outlet, strike_to_json(STRIKE), at)
        ledger.record(build.batch(build.entry(name), now=at))
        claimed = build.claim(ledger, at=at)
        ledger.settle(claimed.id, "one", build.receipt(number + 1, at), at)


def the_day(build):
    return day_span(build.now.date(), PARIS)


def test_what_is_done_to_the_middle_of_a_chain_is_found(ledger, build):
    a_day(ledger, build)
    assert ledger.audit_breaks(build.outlet) == []
    whole = to_csv(read_trail(ledger, build.outlet, the_day(build)), PARIS)
    run(ledger, "CREATE TABLE kept AS SELECT * FROM audit")
    for name, tampering in TAMPERED.items():
        run(ledger, tampering)
        found = read_trail(ledger, build.outlet, the_day(build))
        assert found.breaks, name
        assert to_csv(found, PARIS) != whole, name
        assert not view(found, "J", PARIS, "fr").holds
        run(ledger, "DELETE FROM audit; INSERT INTO audit SELECT * FROM kept")
        assert ledger.audit_breaks(build.outlet) == []


def test_rows_cut_off_at_the_end_show_only_in_the_heads(ledger, build):
    a_day(ledger, build)
    before = ledger.audit_heads(build.outlet)
    run(ledger, "DELETE FROM audit WHERE number >= 5")
    assert ledger.audit_breaks(build.outlet) == []
    after = ledger.audit_heads(build.outlet)
    assert [(row.chain, row.number) for row in before] == [("", 2), (build.account, 6)]
    assert [(row.chain, row.number) for row in after] == [("", 2), (build.account, 4)]
    assert before[1].hash != after[1].hash and before[0] == after[0]


def test_the_heads_of_a_past_day_stay_what_they_were(ledger, build):
    a_day(ledger, build)
    span = the_day(build)
    before = read_trail(ledger, build.outlet, span)
    later = build.now + timedelta(days=2)
    ledger.see_strike(build.outlet, strike_to_json(NORMAL), later)
    ledger.record(build.batch(build.entry("d"), now=later))
    assert read_trail(ledger, build.outlet, span) == before
    assert ledger.audit_heads(build.outlet) != list(before.heads)


def test_two_auditors_get_the_same_bytes(ledger, ledger_url, build):
    a_day(ledger, build)
    exports = []
    for _ in range(2):
        with Ledger.open(ledger_url) as own:
            found = read_trail(own, build.outlet, the_day(build))
        exports.append((to_csv(found, PARIS).encode(), page(view(found, "J", PARIS, "en")).encode()))
    assert exports[0] == exports[1]
    assert exports[0][0].count(b"\n") == 1 + 1 + 7 + 2, (
        "heads of columns, the state in force, seven rows, two chains"
    )


def test_the_hash_of_each_row_can_be_taken_again_from_the_csv_as_the_guide_says(ledger, build):
    a_day(ledger, build)
    lines = csv.DictReader(io.StringIO(to_csv(read_trail(ledger, build.outlet, the_day(build)), PARIS)))
    rows = [line for line in lines if line["kind"] != "head"]
    assert len(rows) == 8
    for line in rows:
        values = {name: line[name] for name in ("outlet", "chain", "kind", "who", "why", "previous")}
        values |= {"number": int(line["number"]), "at": line["utc"].replace("Z", "+00:00")}
        values |= {"delivery_id": int(line["delivery"]) if line["delivery"] else None}
        values |= {"body": json.loads(line["body"])}
        text = json.dumps(values, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        assert hashlib.sha256(text.encode()).hexdigest() == line["hash"]


def test_another_outlets_rows_are_in_no_audit_of_this_one(ledger, build):
    a_day(ledger, build)
    ledger.see_strike("other", strike_to_json(STRIKE), build.now)
    ledger.record(build.batch(build.entry("z"), outlet="other", drafts=()))
    found = read_trail(ledger, build.outlet, the_day(build))
    assert {row.outlet for row in (*found.rows, *found.heads)} == {build.outlet}


def test_the_day_tells_the_change_the_posts_and_the_state_before(ledger, build):
    a_day(ledger, build)
    found = read_trail(ledger, build.outlet, the_day(build))
    (change,) = found.changes
    assert [(d.field, d.before, d.after) for d in change.differences] == [("switch", "normal", "strike")]
    assert (change.who, change.way, change.signed) == ("Ana", "block", True)
    assert found.in_force.body["after"]["switch"] == "normal"
    assert [post.row.body["url"] for post in found.posts] == [build.receipt(n).url for n in (1, 2, 3)]


def test_the_last_strike_is_told_from_its_beginning_until_an_hour_after_its_end(ledger, build):
    a_day(ledger, build)
    begun, ended = build.now + timedelta(minutes=10), build.now + timedelta(hours=5)
    later = build.now + timedelta(days=3)
    span = last_strike_span(ledger, build.outlet, begun + timedelta(hours=1), PARIS)
    assert (span.since, span.until) == (begun, begun + timedelta(hours=1))
    ledger.see_strike(build.outlet, strike_to_json(NORMAL), ended)
    span = last_strike_span(ledger, build.outlet, later, PARIS)
    assert (span.since, span.until) == (begun, ended + timedelta(hours=1))
    assert len(read_trail(ledger, build.outlet, span).changes) == 2, "both flips are in it"


def test_an_outlet_without_a_strike_is_told_so(ledger, build):
    ledger.see_strike(build.outlet, strike_to_json(NORMAL), build.now)
    with pytest.raises(UserError, match="no strike yet"):
        last_strike_span(ledger, build.outlet, build.now, PARIS)


def test_piquet_audit_verify_ends_with_1_and_a_sentence_where_a_chain_does_not_hold(
    ledger, ledger_url, build
):
    a_day(ledger, build)
    words = ["audit", "verify", build.outlet, "--ledger", ledger_url]
    whole = CliRunner().invoke(main, words)
    head = ledger.audit_heads(build.outlet)[1]
    assert (
        whole.exit_code == 0
        and f"{build.account}: 6 rows, the last one's hash is {head.hash}." in whole.output
    )
    run(ledger, "DELETE FROM audit WHERE number = 3")
    broken = CliRunner().invoke(main, words)
    assert broken.exit_code == 1
    assert f"{build.account}, row 4: rows are missing before this one." in broken.output
    assert "Each chain holds" not in broken.output


def test_piquet_audit_writes_the_csv_and_the_page_of_a_day(ledger, ledger_url, build, tmp_path):
    a_day(ledger, build)
    words = ["audit", build.outlet, "--ledger", ledger_url, "--day", "2026-12-05", "--zone", "Europe/Paris"]
    files = ["--csv", str(tmp_path / "a.csv"), "--html", str(tmp_path / "a.html"), "--language", "fr"]
    done = CliRunner().invoke(main, words + files)
    assert done.exit_code == 0, done.output
    found = read_trail(ledger, build.outlet, the_day(build))
    assert (tmp_path / "a.csv").read_bytes() == to_csv(found, PARIS).encode()
    assert (tmp_path / "a.html").read_text() == page(view(found, build.outlet, PARIS, "fr"))
    shown = CliRunner(env={"COLUMNS": "250"}).invoke(main, words)
    assert shown.exit_code == 0 and "Switch: normal → strike" in " ".join(shown.output.split())
    assert CliRunner().invoke(main, [*words, "--csv", "-"]).output == to_csv(found, PARIS)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--day", "5/12"], "'5/12' is not a day"),
        (["--zone", "Paris"], "'Paris' is not a time zone"),
        (["--csv", "/nowhere/a.csv"], "/nowhere/a.csv: it cannot be written"),
    ],
)
def test_what_cannot_be_meant_is_said_in_one_sentence(ledger_url, build, more, sentence):
    done = CliRunner().invoke(main, ["audit", build.outlet, "--ledger", ledger_url, *more])
    assert done.exit_code == 2 and sentence in done.output
    assert len(done.output.strip().splitlines()) == 1
