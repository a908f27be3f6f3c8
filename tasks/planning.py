"""Change the strike by a way that checks: the rule, the block and the ledger's journal in their order, and a preview."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from prefect import runtime, task
from prefect.client.schemas.objects import State
from prefect.events import emit_event
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

import blocks
from piquet import calling, planning, words
from piquet.calling import Request
from piquet.compose import Style
from piquet.errors import PiquetError, UserError
from piquet.saying import said_of
from piquet.strike import Strike, check_covered
from piquet.strike_form import strike_to_json
from tasks import clock
from tasks.opening import Desk, load_block
from tasks.options import PLAIN
from tasks.preview import last_entries, leave_preview, previewed
from tasks.report import last_change
from tasks.strike import applied, note
from tasks.styles import styles_of

# The ways that check, as the audit trail names them; a run of no deployment was started on the command line.
_BY_HAND = "cli"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What the Strike block holds: plain values and the rule's own, None where it cannot be read, and then why."""

    values: Mapping[str, Any] | None
    strike: Strike | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that a rule of change looks at; `before` are the plain values it starts from."""

    before: Mapping[str, Any]
    accounts: Sequence[str]
    styles: Sequence[Style]
    now: datetime
    zone: tzinfo
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change of the strike by one person; `rule` makes the new state or raises UserError."""

    way: str
    who: str
    why: str
    rule: Callable[[Known], Strike] = field(repr=False)


def call(asked: Request, *, without_statement: bool) -> Change:
    """To call a strike, or to change one."""

    def rule(known: Known) -> Strike:
        changed = calling.changes(known.before, asked, known.zone, known.language, now=known.now)
        return planning.call(
            known.before,
            changed,
            accounts=known.accounts,
            styles=known.styles,
            now=known.now,
            zone=known.zone,
            language=known.language,
            without_statement=without_statement,
        )

    return Change(way="call_strike", who=asked.who.strip(), why=asked.why.strip(), rule=rule)


def end(who: str, why: str, *, when: str, later_too: bool) -> Change:
    """To end the strike that runs; `when` empty: now."""

    def rule(known: Known) -> Strike:
        calling.check_signed(who, why, known.language)
        moment = calling.ending(when, known.zone, known.language) or known.now
        return planning.end(
            known.before,
            when=moment,
            now=known.now,
            zone=known.zone,
            who=who.strip(),
            why=why.strip(),
            language=known.language,
            later_too=later_too,
        )

    return Change(way="end_strike", who=who.strip(), why=why.strip(), rule=rule)


async def carry_out(desk: Desk, change: Change, now: datetime, *, check_only: bool) -> State:
    """Refuse it with every sentence, or write it and say what applies now; readers' view is left as an artifact."""
    # What people write and read back has whole seconds.
    now = now.replace(microsecond=0)
    read = await _read(desk)
    styles = await styles_of(desk.outlet, desk.accounts.values(), now, say=get_run_logger().warning)
    known = Known(
        before=_start(desk, read),
        accounts=desk.outlet.accounts,
        styles=styles,
        now=now,
        zone=desk.outlet.zone,
        language=desk.outlet.language,
    )
    try:
        strike = change.rule(known)
        articles = last_entries(desk.ledger, desk.outlet)
        await leave_preview(desk, previewed(desk, strike, styles, articles, now))
        if not check_only:
            await write(desk, change, read, strike)
    except UserError as error:
        said = f"{words.of('refused', 'refused', desk.outlet.language)} {words.told(error, desk.outlet.language)}"
        get_run_logger().error("%s", said)
        return Failed(message=said)
    kind = "checked" if check_only else change.way
    return Completed(message=said_of(kind, strike, now, desk.outlet.zone, desk.outlet.language))


@task(name="write", **PLAIN)
async def write(desk: Desk, change: Change, read: Read, strike: Strike) -> None:
    """Save the state in the block; raises UserError where somebody else changed it meanwhile.

    First the ledger notes who means to write it, then the block is saved: whoever reads the block from then on finds
    in the ledger whose it is, and a kill in between has changed nothing. Then it is seen at once, for an old page
    saved before the next cycle would else undo it without a trace.
    """
    if await _read(desk) != read:
        raise UserError(words.of("refused", "meanwhile", desk.outlet.language))
    if read.strike:
        # Else what somebody wrote just before would be told as a part of this change.
        note(desk, read.strike, clock.now())
    form = blocks.Strike(**strike_to_json(strike))
    way = change.way if runtime.deployment.id else _BY_HAND
    rule = form.to_rule(desk.outlet.zone)
    state, name = strike_to_json(rule), desk.outlet.name
    desk.ledger.intend_strike(name, state, clock.now(), way=way, who=change.who, why=change.why)
    await form.asave(desk.outlet.strike, overwrite=True)
    if note(desk, rule, clock.now())[0]:
        _tell(desk, rule)
    if (await _read(desk)).values != form.model_dump(mode="json", include=set(blocks.Strike.model_fields)):
        get_run_logger().warning("Somebody else saved the Strike block in the same second: look at it.")


def _tell(desk: Desk, strike: Strike) -> None:
    """The event of a change, as a cycle tells it."""
    decisions = applied(desk, strike, clock.now())
    on_strike = sorted(account for account, d in decisions.items() if d.on_strike)
    emit_event(
        event="piquet.strike.changed",
        resource={"prefect.resource.id": f"piquet.outlet.{desk.outlet.name}"},
        payload={
            "outlet": desk.outlet.name,
            "on_strike": on_strike,
            "reasons": {account: d.reason for account, d in decisions.items()},
            **last_change(desk, on_strike),
        },
    )


async def _read(desk: Desk) -> Read:
    values = None
    try:
        form = await load_block(blocks.Strike, desk.outlet.strike)
        values = form.model_dump(mode="json", include=set(blocks.Strike.model_fields))
        strike = form.to_rule(desk.outlet.zone)
        check_covered(strike, desk.accounts)
        return Read(values=values, strike=strike)
    except PiquetError as error:
        return Read(values=values, trouble=words.told(error, desk.outlet.language))


def _start(desk: Desk, read: Read) -> Mapping[str, Any]:
    """The values a change starts from: the block's, else the last good ones, else those of a new block."""
    if read.strike:
        return strike_to_json(read.strike)
    get_run_logger().warning("%s", read.trouble)
    last = desk.ledger.last_strike(desk.outlet.name)
    return last or strike_to_json(blocks.Strike().to_rule(desk.outlet.zone))
