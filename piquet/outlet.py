"""A newsroom as the rules know it: values checked and typed; knows no file and no block."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta, tzinfo
from typing import Any

from piquet.config import check_account, check_feed, check_zone
from piquet.entry import SortRules
from piquet.errors import UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One newsroom. `accounts` are `network/account`; `strike` and `ledger` name blocks."""

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


def read_outlet(name: str, values: Mapping[str, Any]) -> Outlet:
    """An outlet from plain values. Raises UserError: field, value and remedy."""
    where = f"Outlet {name}, field"
    if not values["feeds"]:
        raise UserError(f"{where} 'feeds': it is empty: add the address of at least one feed.")
    for reference in values["accounts"]:
        check_account(reference, f"{where} 'accounts'")
    return Outlet(
        name=name,
        title=values["title"],
        zone=check_zone(values["zone"], f"{where} 'zone'"),
        language=values["language"],
        feeds=tuple(check_feed(feed, f"{where} 'feeds'") for feed in dict.fromkeys(values["feeds"])),
        accounts=tuple(dict.fromkeys(values["accounts"])),
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
    )
