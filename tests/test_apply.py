"""What `piquet apply` refuses before anything is saved."""

from dataclasses import replace

import pytest
from prefect.exceptions import ObjectAlreadyExists

from deployments import apply, apply_shared
from deployments.apply import _forms
from deployments.apply_plan import Step, What
from deployments.apply_shared import INVALID, check_shared
from piquet.config import OutletFile
from piquet.errors import UserError

FILE = OutletFile(
    name="lejournal",
    outlet={"title": "J", "feeds": ["https://l.example/rss"], "accounts": ["mastodon/lejournal"]},
    ledger_url="sqlite:///ledger.db",
    accounts={"mastodon/lejournal": {"server": "https://m.example", "token": "env:T"}},
)


@pytest.mark.parametrize(
    ("field", "values", "said"),
    [
        ("feeds", ["https://l.example/rss", "htps://l.example/a"], r"'htps://l\.example/a' is not a feed's"),
        ("accounts", ["mastodon/lejournal", "mastodn/lejournal"], "'mastodn/lejournal' names no network"),
    ],
)
def test_one_misspelt_feed_or_account_among_right_ones_is_refused(field, values, said):
    with pytest.raises(UserError, match=said):
        list(_forms(replace(FILE, outlet={**FILE.outlet, field: values})))


def test_a_strike_that_covers_none_of_the_outlets_accounts_is_refused_with_the_choice():
    with pytest.raises(UserError) as caught:
        list(_forms(replace(FILE, strike={"accounts": ["mastodon/lejurnal"]})))
    assert str(caught.value) == (
        "Strike, field 'accounts': 'mastodon/lejurnal' is not an account of this outlet: "
        "write one of mastodon/lejournal."
    )


@pytest.mark.parametrize("accounts", [[], ["mastodon/lejournal"], ["x/autre", "mastodon/lejournal"]])
def test_a_strike_that_covers_all_or_some_of_them_is_taken(accounts):
    assert len(list(_forms(replace(FILE, strike={"accounts": accounts})))) == 4


async def test_two_first_applies_at_once_both_come_to_their_end(monkeypatch):
    form = next(form for form, _ in _forms(FILE))
    saved = []

    async def existing(_block, _name):
        return None

    async def save(_self, name, overwrite):
        saved.append(name)
        if len(saved) == 1:
            raise ObjectAlreadyExists(http_exc=None)

    monkeypatch.setattr(apply, "_existing", existing)
    monkeypatch.setattr(apply, "_PAUSE_S", 0)
    monkeypatch.setattr(type(form), "save", save)
    assert (await apply._save(form, "lejournal")).what == "created"
    assert saved == ["lejournal"] * 2


GAZETTE = replace(
    FILE, name="lagazette", ledger_url="env:GAZETTE", accounts={}, outlet={**FILE.outlet, "accounts": []}
)
MOVED = Step(block="Ledger", name="ledger", what=What.CHANGE, why="url")


@pytest.fixture
def used(monkeypatch):
    """The server's Outlet blocks."""
    found = {"lejournal": {"accounts": ["mastodon/lejournal", "nonsense"]}, "autre": {"ledger": "other"}}

    async def on_server():
        return {name: set(apply_shared._uses(data)) for name, data in found.items()}

    monkeypatch.setattr(apply_shared, "_on_server", on_server)


async def test_a_ledger_that_another_outlet_uses_too_is_not_taken_away_from_it(used):
    with pytest.raises(UserError) as caught:
        await check_shared(GAZETTE, [MOVED], [GAZETTE])
    assert str(caught.value) == (
        "Ledger ledger is also that of lejournal, and the file of lagazette changes it (url): "
        'write ledger = "ledger-lagazette" under [outlet] there to have one of its own, '
        "or apply all of their files in one command if it is to be the same for all."
    )


async def test_neither_is_an_account_of_the_same_name(used):
    step = Step(block="Mastodon Account", name="lejournal", what=What.CHANGE, why="token")
    file = replace(GAZETTE, accounts=FILE.accounts)
    with pytest.raises(
        UserError, match=r"Mastodon Account lejournal is also that of lejournal, .* \(token\)"
    ):
        await check_shared(file, [step], [file])


async def test_a_ledger_that_moved_is_changed_where_the_files_of_all_its_outlets_say_so(used):
    moved = replace(FILE, ledger_url="env:GAZETTE")
    await check_shared(GAZETTE, [MOVED], [GAZETTE, moved])
    with pytest.raises(UserError, match=r"says otherwise: .* or write the same in all of their files"):
        await check_shared(GAZETTE, [MOVED], [GAZETTE, FILE])


async def test_what_is_the_outlets_own_or_not_valid_or_not_changed_is_nobody_elses_matter(used):
    for step in (
        replace(MOVED, why=INVALID),
        replace(MOVED, what=What.UNCHANGED),
        replace(MOVED, name="mine"),
    ):
        await check_shared(GAZETTE, [step], [GAZETTE])
    await check_shared(FILE, [MOVED], [FILE])
