"""A newsroom as the rules know it: values checked and typed; knows no file and no block."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from typing import Any

from piquet.config import check_account, check_feed, check_zone
from piquet.entry import SortRules
from piquet.errors import UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One newsroom. `accounts` are `network/account`; `strike` and `ledger` name blocks.

    `stale_after`: a post that waits longer is no news. `release_pace`: at the end of a strike in mode hold, one post
    of an account goes out every so long.
    `troubles`: a sentence for each feed and account left out because its address cannot be right.
    """

    name: str
    title: str
    zone: tzinfo
    language: str
    feeds: tuple[str, ...]
    accounts: tuple[str, ...]
    strike: str
    ledger: str
    sorting: SortRules
    posts_per_cycle: int
    lease: timedelta
    allowed_hosts: tuple[str, ...]
    allow_files: bool
    stale_after: timedelta = timedelta(hours=6)
    release_pace: timedelta = timedelta(minutes=2)
    troubles: tuple[str, ...] = ()


def read_outlet(name: str, values: Mapping[str, Any]) -> Outlet:
    """An outlet from plain values; one misspelt feed or account does not stop the others.

    Raises UserError (field, value and remedy) where no feed is left, or the time zone is none.
    """
    where = f"Outlet {name}, field"
    if not values["feeds"]:
        raise UserError(f"{where} 'feeds': it is empty: add the address of at least one feed.")
    feeds, wrong_feeds = _usable(values["feeds"], check_feed, f"{where} 'feeds'")
    accounts, wrong_accounts = _usable(values["accounts"], check_account, f"{where} 'accounts'")
    if not feeds:
        raise UserError(wrong_feeds[0])
    return Outlet(
        name=name,
        title=values["title"],
        zone=check_zone(values["zone"], f"{where} 'zone'"),
        language=values["language"],
        feeds=feeds,
        accounts=accounts,
        strike=values["strike"] or name,
        ledger=values["ledger"],
        sorting=SortRules(
            first_posts=values["first_posts"],
            max_age=timedelta(hours=values["max_age_hours"]),
            flood=values["flood"],
            flood_policy=values["flood_policy"],
        ),
        posts_per_cycle=values["posts_per_cycle"],
        lease=timedelta(seconds=values["lease_seconds"]),
        allowed_hosts=tuple(values["allowed_hosts"]),
        allow_files=values["allow_files"],
        stale_after=timedelta(hours=values["stale_hours"]),
        release_pace=timedelta(minutes=values["release_minutes"]),
        troubles=wrong_feeds + wrong_accounts,
    )


def _usable(
    values: Iterable[str], check: Callable[[str, str], object], where: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Each value once that passes the check, and a sentence for each of the others."""
    good: list[str] = []
    sentences: list[str] = []
    for value in dict.fromkeys(values):
        try:
            check(value, where)
            good.append(value)
        except UserError as error:
            sentences.append(str(error))
    return tuple(good), tuple(sentences)
