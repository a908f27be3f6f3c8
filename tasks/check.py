"""Check: whether each account may post, as whom, within what, and how long its token still lasts."""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from uuid import NAMESPACE_URL, uuid5

from prefect import task
from prefect.artifacts import acreate_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.events import emit_event
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from piquet.errors import PiquetError, Refused
from piquet.limits import Limit
from piquet.networks.protocol import AccountFacts
from piquet.outlet import Outlet
from piquet.summary import escaped
from tasks.opening import Account
from tasks.options import PLAIN

logger = logging.getLogger(__name__)

# So many days before a token ends people are told: time to find the one who has the password, then a last call.
TOLD = (14, 7, 1)
_LONGEST = 120.0  # seconds; several requests, each with a limit of its own
_WORDS: Mapping[str, tuple[str, ...]] = {
    "en": ("Account", "Works?", "As whom", "Limit", "Posts left today", "Token ends"),
    "fr": ("Compte", "Marche ?", "Sous quel nom", "Limite", "Posts restants aujourd'hui", "Fin du jeton"),
}
_YES = {"en": ("yes", "no"), "fr": ("oui", "non")}
_DAYS = {"en": "{day} ({left} days)", "fr": "{day} ({left} jours)"}
_UNITS = {
    "characters": "caractères",
    "weighted characters": "caractères pondérés",
    "code points": "points de code",
    "bytes": "octets",
    "UTF-16 units": "unités UTF-16",
}
_UNSAID = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of one account; `trouble` says why it does not work, `refused` that only a person can mend it."""

    account: str
    facts: AccountFacts | None = None
    trouble: str = ""
    refused: bool = False

    def days_left(self, now: datetime, zone: tzinfo) -> int | None:
        """Midnights until the day of the token's end, in the outlet's zone: a daily run meets each number once."""
        if self.facts is None or self.facts.token_ends is None:
            return None
        return (self.facts.token_ends.astimezone(zone).date() - now.astimezone(zone).date()).days


async def look(account: Account) -> Checked:
    """What its network says of an account now; whatever goes wrong is its trouble, and nobody else's."""
    reference = account.reference
    if account.client is None:
        return Checked(account=reference, trouble=account.trouble, refused=True)
    try:
        async with asyncio.timeout(_LONGEST):
            facts = await account.client.check()
    except PiquetError as error:
        return Checked(account=reference, trouble=str(error), refused=isinstance(error, Refused))
    except Exception as error:  # its words may hold an address with a token
        return Checked(account=reference, trouble=f"it could not be checked ({type(error).__name__})")
    trouble = "" if facts.may_post else facts.why_not or "its network says that it may not post"
    return Checked(account=reference, facts=facts, trouble=trouble, refused=not facts.may_post)


async def renew(account: Account, checked: Checked, now: datetime) -> Checked:
    """The same with its token renewed where it was time; a renewal that fails is for the next check."""
    if account.client is None or checked.facts is None:
        return checked
    try:
        async with asyncio.timeout(_LONGEST):
            ends = await account.client.renew(checked.facts.token_ends, now)
    except Exception as error:  # its words may hold an address with a token
        logger.warning("%s: its token was not renewed (%s)", account.reference, type(error).__name__)
        return checked
    return replace(checked, facts=replace(checked.facts, token_ends=ends))


def table(
    found: Iterable[Checked], language: str, now: datetime, zone: tzinfo
) -> tuple[Sequence[str], list[list[str]]]:
    """The heads of the columns, and a row for each account."""
    return _WORDS[language], [_row(checked, language, now, zone) for checked in found]


@task(name="check", task_run_name="check {account}", **PLAIN)
async def check_account(
    outlet: Outlet, accounts: Mapping[str, Account], account: str, now: datetime
) -> Checked:
    """Look at `account`, renew its token in time, and tell where a person should act."""
    checked = await renew(accounts[account], await look(accounts[account]), now)
    log = get_run_logger()
    if checked.trouble:
        log.warning("%s: %s", account, checked.trouble)
    else:
        log.info("%s posts as %s", account, checked.facts and checked.facts.name)
    if checked.refused:
        tell_refused(outlet, account, checked.trouble, now)
    if (days := checked.days_left(now, outlet.zone)) in TOLD:
        _tell("piquet.token.ending", outlet, account, now, {"days": days})
    return checked


def tell_refused(outlet: Outlet, account: str, why: str, now: datetime) -> None:
    """Say that an account may not post until a person mends it; whoever meets it first on a day is heard."""
    _tell("piquet.account.refused", outlet, account, now, {"why": why})


async def report_check(outlet: Outlet, found: Sequence[Checked], now: datetime) -> State:
    """Leave the table, and give the run's final state."""
    heads, rows = table(found, outlet.language, now, outlet.zone)
    lines = [heads, ["---"] * len(heads), *([escaped(cell) for cell in row] for row in rows)]
    notes = [f"- `{c.account}`: {escaped(c.trouble)}" for c in found if c.trouble]
    await acreate_markdown_artifact(
        key=f"check-{outlet.name}",
        markdown="\n".join(["| " + " | ".join(line) + " |" for line in lines] + ["", *notes]),
        description=f"Whether the accounts of {outlet.title} may post.",
    )
    failed = [f"{c.account}: {c.trouble}" for c in found if c.trouble]
    ending = [
        _ending(c, days) for c in found if (days := c.days_left(now, outlet.zone)) is not None and days <= 14
    ]
    said = " ".join([f"{len(found) - len(failed)} of {len(found)} accounts work.", *failed, *ending])
    if failed:
        return Failed(message=said)
    return Completed(name="Marked", message=said) if ending else Completed(message=said)


def _row(checked: Checked, language: str, now: datetime, zone: tzinfo) -> list[str]:
    yes, no = _YES[language]
    if checked.facts is None:
        return [checked.account, no, *[_UNSAID] * 4]
    facts, left = checked.facts, checked.days_left(now, zone)
    ends = facts.token_ends and _DAYS[language].format(
        day=f"{facts.token_ends.astimezone(zone):%Y-%m-%d}", left=left
    )
    posts = _UNSAID if facts.posts_left is None else str(facts.posts_left)
    return [
        checked.account,
        no if checked.trouble else yes,
        facts.name,
        _limit(facts.limit, language),
        posts,
        ends or _UNSAID,
    ]


def _limit(limit: Limit, language: str) -> str:
    units = _UNITS if language == "fr" else {}
    return ", ".join(f"{bound.maximum} {units.get(bound.unit, bound.unit)}" for bound in limit.bounds)


def _ending(checked: Checked, days: int) -> str:
    when = {0: "ends today", 1: "ends tomorrow"}.get(
        days, f"ends in {days} days" if days > 0 else "has ended"
    )
    return f"{checked.account}: its token {when}: make a new one and enter it in the account's block."


def _tell(event: str, outlet: Outlet, account: str, now: datetime, more: Mapping[str, object]) -> None:
    """One event a day at most for each account: its id says which, and the server keeps an id once."""
    day = now.astimezone(outlet.zone).date().isoformat()
    emit_event(
        event=event,
        resource={"prefect.resource.id": f"piquet.account.{account}"},
        payload={"outlet": outlet.name, "account": account, **more},
        id=uuid5(NAMESPACE_URL, f"{event}/{outlet.name}/{account}/{day}"),
    )
