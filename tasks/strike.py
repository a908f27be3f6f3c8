"""Decide: what the strike block means for each account at this instant, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from uuid import NAMESPACE_URL, uuid5

from prefect import task
from prefect.events import emit_event
from prefect.logging import get_run_logger

import blocks
from piquet import words
from piquet.errors import PiquetError
from piquet.ledger.codec import json_digest
from piquet.ledger.values import BLOCK, StrikeChange
from piquet.planning import taken_back, to_come, too_long
from piquet.stages import decided
from piquet.strike import Decision, Strike, check_covered
from piquet.strike_form import strike_from_ledger, strike_to_json
from tasks.opening import Desk, load_block
from tasks.options import PLAIN
from tasks.styles import styles_of

# A page left open in a browser is seldom older.
_OLDEST_PAGE = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """The decision of every account; `trouble` says what is wrong with the block, `changed` that its state is new.

    `digest` is that of the strike state they follow from, None where none was ever read.
    """

    by_account: Mapping[str, Decision] = field(default_factory=dict)
    trouble: str = ""
    changed: bool = False
    digest: str | None = None


@task(name="decide", **PLAIN)
async def decide_accounts(desk: Desk, now: datetime) -> Decisions:
    """Read the strike block; where it cannot be used, the last good state in the ledger applies."""
    strike, trouble = await read_strike(desk)
    changed, undid = False, ""
    if not trouble:
        changed, undid = note(desk, strike, now)
        unfit = await _unfit(desk, strike, now)
    decisions = applied(desk, strike, now)
    _say(decisions, trouble, read_before=strike is not None)
    sentences = [trouble] if trouble else unfit
    for sentence in sentences:
        _tell(desk, "invalid", sentence, now)
    return Decisions(
        by_account=decisions,
        trouble=" ".join([*sentences, undid]).strip(),
        changed=changed,
        digest=desk.ledger.strike_digest(desk.outlet.name)
        if trouble
        else json_digest(strike_to_json(strike)),
    )


def note(desk: Desk, strike: Strike, now: datetime) -> tuple[bool, str]:
    """Keep this state in the ledger: whether it is new, and a sentence where it took back what a checked way wrote."""
    name, state = desk.outlet.name, strike_to_json(strike)
    last = desk.ledger.last_strike(name) or {}
    if not desk.ledger.see_strike(name, state, now):
        return False, ""
    newest = desk.ledger.last_validated(name)
    if newest is None or newest.after == state:
        return True, ""
    found = taken_back([newest, *_checked(desk, newest, now)], last, state)
    if not found:
        return True, ""
    sentence = " ".join(_undid(desk, change, fields) for change, fields in found)
    get_run_logger().error("%s", sentence)
    _tell(desk, "undone", sentence, now)
    return True, sentence


def standing(desk: Desk, now: datetime) -> Decisions:
    """What the last state that a cycle saw means now; reads no block."""
    digest = desk.ledger.strike_digest(desk.outlet.name)
    return Decisions(by_account=applied(desk, _last_good(desk, desk.outlet.zone), now), digest=digest)


async def overtaken(desk: Desk) -> bool:
    """Whether the block was changed while posts were going out: what still waits must be composed anew."""
    strike, trouble = await read_strike(desk)
    return not trouble and strike_to_json(strike) != desk.ledger.last_strike(desk.outlet.name)


async def _unfit(desk: Desk, strike: Strike, now: datetime) -> list[str]:
    """What of a strike that runs or is to come would not fit on a covered account: told before the day."""
    if not to_come(strike, now, desk.outlet.zone):
        return []
    log = get_run_logger()
    accounts = [a for a in desk.accounts.values() if not strike.accounts or a.reference in strike.accounts]
    styles = await styles_of(desk.outlet, accounts, now, say=log.warning)
    try:
        sentences = [*too_long(strike, styles, desk.outlet.language)]
    except Exception as error:  # a mistake of ours in a warning must not cost the newsroom its articles
        log.error("Whether the notices fit could not be told (%s).", type(error).__name__)
        return []
    for sentence in sentences:
        log.error("%s", sentence)
    return sentences


def _checked(desk: Desk, newest: StrikeChange, now: datetime) -> list[StrikeChange]:
    """The changes by ways that check of the last days before `newest`, the newest first."""
    rows = desk.ledger.audit_trail(desk.outlet.name, since=now - _OLDEST_PAGE, until=newest.at)
    return [
        StrikeChange(
            at=row.at,
            way=row.body["way"],
            who=row.who,
            why=row.why,
            before=row.body["before"] or {},
            after=row.body["after"],
        )
        for row in reversed(rows)
        if row.kind == "strike" and row.body["way"] != BLOCK
    ]


def _undid(desk: Desk, checked: StrikeChange, fields: Sequence[str]) -> str:
    language = desk.outlet.language
    return words.of(
        "strike",
        "undone",
        language,
        fields=", ".join(words.of("strike field", name, language) for name in fields),
        who=checked.who,
        way=words.of("way", checked.way, language),
        moment=words.moment(checked.at, desk.outlet.zone, language),
    )


def _tell(desk: Desk, what: str, sentence: str, now: datetime) -> None:
    """One event a day for each sentence, however many cycles say it: the server keeps an id once."""
    event, outlet = f"piquet.strike.{what}", desk.outlet.name
    day = now.astimezone(desk.outlet.zone).date().isoformat()
    emit_event(
        event=event,
        resource={"prefect.resource.id": f"piquet.outlet.{outlet}"},
        payload={"outlet": outlet, "why": sentence},
        id=uuid5(NAMESPACE_URL, f"{event}/{outlet}/{day}/{sentence}"),
    )


def applied(desk: Desk, strike: Strike | None, now: datetime) -> dict[str, Decision]:
    """What this state means for each account; None where no state could ever be read."""
    return decided(desk.ledger, desk.outlet, desk.accounts, strike, now)


async def read_strike(desk: Desk) -> tuple[Strike | None, str]:
    """The strike to apply, and what is wrong with the block; None where no state could ever be read."""
    zone = desk.outlet.zone
    try:
        strike = (await load_block(blocks.Strike, desk.outlet.strike)).to_rule(zone)
        check_covered(strike, desk.accounts)
        return strike, ""
    except PiquetError as error:
        trouble = words.told(error, desk.outlet.language)
    except Exception as error:
        # Whatever keeps the block from being read must never mean that nobody is on strike.
        trouble = f"The strike block could not be read ({type(error).__name__})."
    return _last_good(desk, zone), trouble


def _last_good(desk: Desk, zone: tzinfo) -> Strike | None:
    last = desk.ledger.last_strike(desk.outlet.name)
    return strike_from_ledger(last, zone) if last else None


def _say(decisions: Mapping[str, Decision], trouble: str, *, read_before: bool) -> None:
    log = get_run_logger()
    if trouble:
        then = "the last strike state that could be read applies" if read_before else "posts are ordinary"
        log.error("%s Until then %s.", trouble, then)
    for account, decision in decisions.items():
        state = "on strike" if decision.on_strike else "ordinary"
        log.info("%s: %s (%s)", account, state, decision.reason)
