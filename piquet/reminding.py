"""What is due besides the articles, from what the ledger knows into the ledger; it opens no block and sends nothing."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from piquet.drafting import Composer
from piquet.ledger.ledger import Ledger
from piquet.ledger.values import Batch, Noticed
from piquet.networks.protocol import Traits
from piquet.remind import LEAST_GAP, Intent, Situation, due, outlived
from piquet.remind_drafts import draft, outdated, rewrites
from piquet.strike import Decision, days_by_hand
from piquet.strike_form import strike_of_the_past
from piquet.strike_spans import last_ended, spans

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """What is to be written for one account: new posts, those to write anew, and those whose time is over."""

    situation: Situation
    intents: tuple[Intent, ...]
    outdated: tuple[Noticed, ...]
    outlived: Mapping[int, str]


def situations(
    ledger: Ledger, outlet: str, traits: Mapping[str, Traits], now: datetime, zone: tzinfo
) -> Iterator[Situation]:
    """What is known of each account of `traits`, from the strike states seen until `now`."""
    seen = ledger.strike_states(outlet)
    if not seen:
        return
    states = [(at, strike_of_the_past(state, zone)) for at, state in seen]
    strike = states[-1][1]
    by_hand = days_by_hand(seen, now, zone, strike.movement)
    for account, own in traits.items():
        bare = Situation(
            outlet=outlet,
            account=account,
            traits=own,
            strike=strike,
            zone=zone,
            spans=spans(states, account, zone),
            now=now,
            by_hand=by_hand,
        )
        yield _known(ledger, bare)


def todo(situation: Situation, decision: Decision) -> Todo | None:
    """What is to be written now, None where nothing is."""
    over = outlived(situation)
    found = Todo(
        situation=situation,
        intents=due(situation),
        outdated=tuple(r for r in situation.rows if r.id not in over and outdated(situation, r, decision)),
        outlived=over,
    )
    return found if found.intents or found.outdated or found.outlived else None


def record(
    ledger: Ledger,
    todo: Todo,
    decision: Decision,
    composer: Composer,
    say: Callable[[str], None],
    strike: str | None = None,
) -> None:
    """Write it into the ledger, before anything is sent; nothing, where a newer strike state than `strike` was seen."""
    situation = todo.situation
    drafts = [draft(situation, intent, decision, composer) for intent in todo.intents]
    batch = Batch(
        outlet=situation.outlet,
        now=situation.now,
        strike=strike,
        drafts=tuple(one for one in drafts if one),
        rewrites=rewrites(situation, todo.outdated, decision, composer),
    )
    ledger.record(batch)
    for why in sorted(set(todo.outlived.values())):
        ids = [id_ for id_, reason in todo.outlived.items() if reason == why]
        number = ledger.drop_untried(ids, why, situation.now)
        say(f"{situation.account}: {number} not sent: {why}")
    for one in batch.drafts:
        say(f"{one.account}: a {one.kind} is {one.state} ({one.reason})")


def _known(ledger: Ledger, bare: Situation) -> Situation:
    """With what the ledger knows, where the account is on strike, or was until lately or until somebody changed it."""
    span = bare.span or last_ended(bare.spans, bare.now)
    if span is None:
        return bare
    outlet, account, strike = bare.outlet, bare.account, bare.strike
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
