"""What `piquet apply` refuses before anything is saved."""

from dataclasses import replace

import pytest
from prefect.exceptions import ObjectAlreadyExists

from deployments import apply
from deployments.apply import _forms
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
