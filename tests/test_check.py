"""What a check makes of what each network says of its account."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from piquet import limits
from piquet.errors import Busy, Refused
from piquet.networks import TRAITS
from piquet.networks.protocol import AccountFacts, Unable
from tasks.check import TOLD, Checked, look, table
from tasks.opening import Account

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 12, 17, 6, 0, tzinfo=UTC)
FACTS = AccountFacts(name="@lejournal", limit=limits.X)


class Network(Unable):
    """Answers a check with `said`, an error being raised, after `seconds`."""

    def __init__(self, said, seconds: float = 0) -> None:
        self.said, self.seconds = said, seconds

    async def check(self):
        await asyncio.sleep(self.seconds)
        if isinstance(self.said, Exception):
            raise self.said
        return self.said


def account(said=FACTS, reference: str = "x/a", seconds: float = 0) -> Account:
    return Account(reference=reference, traits=TRAITS["x"], client=Network(said, seconds))


def ending(when: datetime) -> Checked:
    return Checked(account="x/a", facts=AccountFacts(name="@a", limit=limits.X, token_ends=when))


async def test_an_account_that_may_post_works():
    found = await look(account())
    assert (found.facts, found.trouble, found.refused) == (FACTS, "", False)


@pytest.mark.parametrize(
    ("said", "trouble", "refused"),
    [
        (Refused("X answered 401: Unauthorized"), "X answered 401: Unauthorized", True),
        (Busy("X could not be reached."), "X could not be reached.", False),
        (KeyError("token=s3cret"), "it could not be checked (KeyError)", False),
        (
            AccountFacts(name="@a", limit=limits.X, may_post=False, why_not="Give it read and write."),
            "Give it read and write.",
            True,
        ),
        (
            AccountFacts(name="@a", limit=limits.X, may_post=False),
            "its network says that it may not post",
            True,
        ),
    ],
)
async def test_whatever_goes_wrong_is_the_accounts_own_trouble_and_only_a_refusal_is_for_a_person(
    said, trouble, refused
):
    found = await look(account(said))
    assert (found.trouble, found.refused) == (trouble, refused)


async def test_an_account_without_a_client_says_why_and_asks_nobody():
    missing = Account(reference="x/a", traits=TRAITS["x"], client=None, trouble="The variable X is not set.")
    found = await look(missing)
    assert (found.trouble, found.refused, found.facts) == ("The variable X is not set.", True, None)


async def test_accounts_looked_at_together_take_as_long_as_the_slowest():
    started = time.monotonic()
    found = await asyncio.gather(*(look(account(seconds=0.2)) for _ in range(8)))
    assert time.monotonic() - started < 1 and all(one.facts for one in found)


@given(
    begin=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1)),
    end=st.timedeltas(min_value=timedelta(days=16), max_value=timedelta(days=70)),
)
def test_a_run_each_day_at_seven_tells_each_of_the_days_exactly_once_across_daylight_saving(begin, end):
    ends = begin.replace(tzinfo=UTC) + end
    first = begin.replace(hour=7, minute=0, second=0, microsecond=0)
    mornings = [(first + timedelta(days=n)).replace(tzinfo=PARIS).astimezone(UTC) for n in range(72)]
    told = [left for now in mornings if (left := ending(ends).days_left(now, PARIS)) in TOLD]
    assert told == [14, 7, 1]


def test_a_token_without_an_end_has_no_days_left():
    assert Checked(account="x/a", facts=FACTS).days_left(NOW, PARIS) is None
    assert Checked(account="x/a", trouble="?").days_left(NOW, PARIS) is None


def test_the_table_says_what_is_known_and_a_dash_where_the_network_does_not_say():
    facts = AccountFacts(
        name="@a", limit=limits.BLUESKY, posts_left=0, token_ends=datetime(2026, 12, 30, 23, 30, tzinfo=UTC)
    )
    found = [Checked(account="bluesky/a", facts=facts), Checked(account="x/a", trouble="401", refused=True)]
    heads, rows = table(found, "fr", NOW, PARIS)
    assert len(heads) == len(rows[0]) == len(rows[1]) == 6
    assert rows == [
        ["bluesky/a", "oui", "@a", "300 caractères, 3000 octets", "0", "2026-12-31 (14 jours)"],
        ["x/a", "non", "–", "–", "–", "–"],
    ]
    _, rows = table([Checked(account="x/a", facts=FACTS)], "en", NOW, PARIS)
    assert rows == [["x/a", "yes", "@lejournal", "280 weighted characters", "–", "–"]]


def test_an_account_that_is_known_and_may_not_post_does_not_work():
    facts = AccountFacts(name="@a", limit=limits.X, may_post=False)
    _, rows = table([Checked(account="x/a", facts=facts, trouble="suspended")], "en", NOW, PARIS)
    assert rows[0][:3] == ["x/a", "no", "@a"]
