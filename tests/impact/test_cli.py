"""`piquet impact`: what it prints, what it writes and where it does not; the outlet and its ledger come without a server."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from deployments.cli import main
from piquet.impact.values import Span
from piquet.ledger import Ledger, upgrade
from piquet.strike import Strike
from piquet.strike_form import strike_to_json
from tasks import clock, opening

EVE = datetime(2026, 12, 4, 18, tzinfo=UTC)
MORNING = datetime(2026, 12, 6, 7, 30, tzinfo=UTC)


@pytest.fixture
def ledger_url(tmp_path):
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    upgrade(url)
    return url


@pytest.fixture
def piquet(monkeypatch, ledger_url):
    """The command on an outlet in Paris that speaks English, the morning after 5 December."""
    outlet = SimpleNamespace(name="journal", title="Le Journal", zone=ZoneInfo("Europe/Paris"), language="en")

    async def open_outlet(name):
        return outlet

    async def open_ledger(_):
        return Ledger.open(ledger_url)

    monkeypatch.setattr("deployments.impact.need_server", lambda: None)
    monkeypatch.setattr(opening, "open_outlet", open_outlet)
    monkeypatch.setattr(opening, "open_ledger", open_ledger)
    monkeypatch.setattr(clock, "now", lambda: MORNING)
    return lambda *words: CliRunner().invoke(main, ["impact", "journal", *words])


@pytest.fixture
def struck(ledger_url):
    """5 December was a strike day."""
    with Ledger.open(ledger_url) as ledger:
        strike = Strike(days=(date(2026, 12, 5),), notices=("On strike",))
        ledger.see_strike("journal", strike_to_json(strike), EVE)


def test_without_files_asked_for_the_answer_is_printed_and_nothing_is_written(piquet, struck, tmp_path):
    before = sorted(tmp_path.iterdir())
    done = piquet()
    assert done.exit_code == 0 and "Were we noticed? We cannot tell." in done.output
    assert "5 December 2026" in done.output and "First notice" in done.output
    assert sorted(tmp_path.iterdir()) == before


def test_where_there_was_no_strike_it_is_said_and_no_file_is_made(piquet, tmp_path):
    page = tmp_path / "report.html"
    done = piquet("--html", str(page))
    assert done.exit_code == 0 and "There has been no strike yet" in done.output and not page.exists()
    done = piquet("--day", "2026-12-05", "--language", "fr", "--html", str(page))
    assert done.exit_code == 0 and "Il n’y a pas eu de grève du 5 déc. 2026" in done.output
    assert not page.exists()


def test_each_file_is_written_where_it_was_asked_for_in_the_language_that_was(piquet, struck, tmp_path):
    files = {option: tmp_path / "new" / f"report.{option}" for option in ("html", "csv", "posts")}
    options = [word for option, path in files.items() for word in (f"--{option}", str(path))]
    done = piquet(*options, "--png", str(tmp_path / "png"), "--language", "fr")
    assert done.exit_code == 0, done.output
    assert "Nous a-t-on remarqués" in files["html"].read_text(encoding="utf-8")
    assert all(f"{path} est écrit." in done.output for path in files.values())
    assert sorted(path.name for path in (tmp_path / "png").iterdir()) == [
        "compared.fr.png",
        "timeline.fr.png",
    ]
    assert len(files["posts"].read_text(encoding="utf-8").splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--day", "2026-12-07"), "Impact, field 'day': '2026-12-07' has not come yet"),
        (("--day", "samedi"), "Impact, field 'day': 'samedi' is not a day"),
        (("--until", "2026-12-05"), "Impact, field 'since': it is empty beside 'until'"),
    ],
)
def test_a_day_that_cannot_be_meant_is_refused_in_one_sentence(piquet, struck, words, said):
    done = piquet(*words)
    assert done.exit_code == 2 and said in done.output and "Traceback" not in done.output


def test_a_place_that_cannot_be_written_to_is_told_with_its_remedy(piquet, struck, tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = piquet("--html", str(tmp_path / "file" / "report.html"))
    assert (
        done.exit_code == 2 and "it cannot be written" in done.output and "give another place" in done.output
    )


def test_a_report_that_a_person_asked_for_is_not_remembered_as_the_one_that_is_due(
    piquet, struck, ledger_url
):
    assert piquet("--day", "2026-12-05").exit_code == 0
    with Ledger.open(ledger_url) as ledger:
        assert ledger.reported("journal") == set()
        day = Span(since=EVE + timedelta(hours=5), until=EVE + timedelta(hours=29))
        ledger.note_report("journal", day, 21_600, MORNING, "a test")
    assert "We cannot tell" in piquet().output
