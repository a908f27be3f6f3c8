"""Remind: the posts besides the articles while a strike lasts, and what stands first on an account's page for it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

from prefect import task
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from piquet.drafting import Composer
from piquet.errors import LedgerError, UserError
from piquet.ledger.values import Batch, Noticed
from piquet.outbox import Outcome
from piquet.pinning import keep_pin, pin_is_due
from piquet.remind import LEAST_GAP, Intent, Situation, due, first_sent, outlived
from piquet.remind_drafts import draft, outdated, rewrites
from piquet.strike import Strike, days_by_hand
from piquet.strike_form import strike_from_json
from piquet.strike_spans import last_ended, spans
from tasks import clock
from tasks.compose import style_of
from tasks.opening import Account, Desk, open_accounts, open_ledger, open_outlet
from tasks.options import PLAIN
from tasks.strike import Decisions

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Todo:
    """What is to be written for one account: new posts, those to write anew, and those whose time is over."""

    situation: Situation
    intents: tuple[Intent, ...]
    outdated: tuple[Noticed, ...]
    outlived: Mapping[int, str]


async def open_between(name: str) -> Desk:
    """What a run between two cycles works with: a desk that begins no cycle."""
    outlet = await open_outlet(name)
    accounts = await open_accounts(outlet)
    return Desk(outlet=outlet, ledger=await open_ledger(outlet), accounts=accounts, cycle=0, previous=None)


async def remind(desk: Desk, decisions: Decisions, now: datetime) -> None:
    """Record what is due besides the articles; a task only where there is something, for this is asked every minute."""
    with _sparing_the_articles():
        todo = [one for s in _situations(desk, now) if (one := _todo(s, decisions))]
        if todo:
            await record_notices(desk, todo, decisions, now)


def notices_due(desk: Desk, now: datetime) -> list[str]:
    """The accounts that have something besides the articles to send now, and may."""
    due_now = desk.ledger.notices_due(desk.outlet.name, list(desk.accounts), now)
    return [account for account in due_now if _may_be_asked(desk, account, now)]


def ended(outcomes: Mapping[str, Any]) -> State:
    """How a run between two cycles ended: failed where an account's posts could not be sent."""
    failed = [
        f"{account}: {error}" for account, error in outcomes.items() if isinstance(error, BaseException)
    ]
    sent = sum(outcome.sent for outcome in outcomes.values() if isinstance(outcome, Outcome))
    message = " ".join([f"{sent} sent.", *failed])
    return Failed(message=message) if failed else Completed(message=message)


async def pin(desk: Desk, now: datetime) -> None:
    """Pin the first reminder that is there, and take away what is over; a task only where there is something."""
    with _sparing_the_articles():
        wanted = {s.account: first_sent(s) for s in _situations(desk, now)}
        work = {
            account: first
            for account, first in wanted.items()
            if _may_be_asked(desk, account, now) and pin_is_due(desk.ledger, desk.outlet.name, account, first)
        }
        if work:
            await keep_pins(desk, work)


@task(name="remind", **PLAIN)
async def record_notices(desk: Desk, todo: list[_Todo], decisions: Decisions, now: datetime) -> None:
    """Write the posts that are due besides the articles into the ledger, before anything is sent."""
    for one in todo:
        account = desk.accounts[one.situation.account]
        await _record(desk, one, await _composer(desk, account, now), decisions, now)


@task(name="pin", **PLAIN)
async def keep_pins(desk: Desk, work: Mapping[str, Noticed | None]) -> None:
    """Change what is pinned, account by account; what a network does not take now is tried again in the next run."""
    for account, wanted in work.items():
        if client := desk.accounts[account].client:
            await keep_pin(
                desk.ledger,
                client,
                outlet=desk.outlet.name,
                account=account,
                wanted=wanted,
                clock=clock.now,
                say=get_run_logger().warning,
            )


@contextmanager
def _sparing_the_articles() -> Iterator[None]:
    """A mistake of ours with a reminder or a pin must not cost the newsroom its articles."""
    try:
        yield
    except LedgerError:
        raise
    except Exception as error:
        get_run_logger().error(
            "A reminder or a pin could not be seen to (%s): tell the developers.", type(error).__name__
        )


async def _record(desk: Desk, todo: _Todo, composer: Composer, decisions: Decisions, now: datetime) -> None:
    situation, log = todo.situation, get_run_logger()
    decision = decisions.by_account[situation.account]
    drafts = [draft(situation, intent, decision, composer) for intent in todo.intents]
    batch = Batch(
        outlet=desk.outlet.name,
        now=now,
        drafts=tuple(one for one in drafts if one),
        rewrites=rewrites(situation, todo.outdated, decision, composer),
    )
    desk.ledger.record(batch)
    for why in sorted(set(todo.outlived.values())):
        ids = [id_ for id_, reason in todo.outlived.items() if reason == why]
        number = desk.ledger.drop_untried(ids, why, now)
        log.info("%s: %d not sent: %s", situation.account, number, why)
    for one in batch.drafts:
        log.info("%s: a %s is %s (%s)", one.account, one.kind, one.state, one.reason)


def _todo(situation: Situation, decisions: Decisions) -> _Todo | None:
    over, decision = outlived(situation), decisions.by_account[situation.account]
    todo = _Todo(
        situation=situation,
        intents=due(situation),
        outdated=tuple(r for r in situation.rows if r.id not in over and outdated(situation, r, decision)),
        outlived=over,
    )
    return todo if todo.intents or todo.outdated or todo.outlived else None


def _situations(desk: Desk, now: datetime) -> Iterator[Situation]:
    """What is known of each account, from the strike states seen until `now`."""
    zone = desk.outlet.zone
    seen = desk.ledger.strike_states(desk.outlet.name)
    if not seen:
        return
    states = [(at, _strike_of(state, zone)) for at, state in seen]
    strike = states[-1][1]
    by_hand = days_by_hand(seen, now, zone, strike.movement)
    for account in desk.accounts.values():
        bare = Situation(
            outlet=desk.outlet.name,
            account=account.reference,
            traits=account.traits,
            strike=strike,
            zone=zone,
            spans=spans(states, account.reference, zone),
            now=now,
            by_hand=by_hand,
        )
        yield _known(desk, bare)


def _strike_of(state: Mapping[str, Any], zone: tzinfo) -> Strike:
    """A state of the past; one that this version cannot read any more told nobody to strike."""
    try:
        return strike_from_json(state, zone)
    except UserError:
        return Strike()


def _known(desk: Desk, bare: Situation) -> Situation:
    """With what the ledger knows, where the account is on strike, or was until lately or until somebody changed it."""
    span = bare.span or last_ended(bare.spans, bare.now)
    if span is None:
        return bare
    ledger, outlet, account, strike = desk.ledger, bare.outlet, bare.account, bare.strike
    before = span.start - strike.tail_days * _DAY
    # In a strike only the gap counts; after it, whether readers saw anything of it at all.
    notices_since = bare.now - max(strike.reminder_gap, LEAST_GAP) if bare.span else span.start
    replies = bare.span and strike.tail_days and strike.tail_posts
    return replace(
        bare,
        rows=ledger.noticed(outlet, account, before),
        last_notice=ledger.last_notice(account, notices_since - LEAST_GAP),
        earlier=ledger.earlier(outlet, account, before, span.start, strike.tail_posts) if replies else (),
    )


def _may_be_asked(desk: Desk, account: str, now: datetime) -> bool:
    state = desk.ledger.account_state(account)
    return desk.accounts[account].client is not None and not (state.paused(now) or state.resting(now))


async def _composer(desk: Desk, account: Account, now: datetime) -> Composer:
    style = await style_of(desk.outlet, account, now, say=get_run_logger().warning)
    return Composer(account=account.reference, style=style, client=account.client, trouble=account.trouble)
