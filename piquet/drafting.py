"""From entries and decisions to deliveries: what will be sent, what is held back and why; pure."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from piquet.canonical import canonical_link
from piquet.compose import Style, compose
from piquet.entry import Disposition, Entry, Sorted
from piquet.errors import NoticeTooLong
from piquet.ledger.values import Batch, Draft, Recorded, Rewritable, Rewrite, StoredEntry
from piquet.networks.protocol import Client
from piquet.post import Payload
from piquet.strike import Decision, Mode

if TYPE_CHECKING:
    from piquet.feed.state import FeedState

# How the reason ends where a strike in mode hold, and no trouble, holds a delivery.
RELEASED_AFTERWARDS = "mode hold, released afterwards"
# Bluesky shows posts in the order of the times they bear, to the millisecond (docs.bsky.app/docs/advanced-guides/timestamps).
_APART = timedelta(milliseconds=1)


# What of a stored decision only tells why, and changes no post.
_TOLD_ONLY = frozenset({"cause", "detail", "reason"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    """What one account's deliveries are made with; `trouble` says why it cannot be used, if so."""

    account: str
    style: Style
    client: Client | None
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A delivery's content: `due` with its payload, or `held` with the reason."""

    state: str
    payload: Payload | None
    reason: str


def delivery_key(outlet: str, account: str, entry: Entry) -> str:
    """The key of this entry's delivery to this account, the same in every run and on every machine.

    Made once, of the entry as the ledger then has it: where id and link are worth nothing the title tells articles
    apart, and the language where one link has several.
    """
    own = (entry.id, canonical_link(entry.link), entry.title, entry.language or "")
    parts = "\0".join((outlet, account, "entry", *own))
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def batch(
    outlet: str,
    *,
    now: datetime,
    feeds: "Iterable[FeedState]",
    found: Sequence[Sorted],
    ready: Sequence[StoredEntry],
    waiting: Mapping[str, Sequence[Rewritable]],
    composers: Sequence[Composer],
    decisions: Mapping[str, Decision],
    turn: int,
    strike: str | None = None,
    pace: timedelta = timedelta(0),
) -> Batch:
    """All that one cycle records: feeds, new entries (`found`), and the deliveries of those that are fresh.

    What a strike in mode hold held goes out one every `pace` on each account.
    `ready` are stored entries whose time has come; `waiting` are each account's deliveries that may be composed anew.
    """
    fresh = [(item.entry, None) for item in found if item.disposition is Disposition.FRESH]
    entries = [*((stored.entry, stored.id) for stored in ready), *fresh]
    after_waiting = now + max(map(len, waiting.values()), default=0) * _APART
    return Batch(
        outlet=outlet,
        now=now,
        strike=strike,
        feeds=tuple(feeds),
        entries=tuple(
            Recorded(
                entry=i.entry,
                disposition=i.disposition,
                wait_until=i.wait_until,
                repeats=i.repeats,
                told_from=i.told_from,
            )
            for i in found
        ),
        drafts=draft(outlet, entries, composers, decisions, now=after_waiting, turn=turn),
        rewrites=tuple(
            change
            for composer in composers
            for change in rewrite(
                waiting[composer.account],
                composer,
                decisions[composer.account],
                now=now,
                turn=turn,
                pace=pace,
            )
        ),
        released=tuple(stored.id for stored in ready),
    )


def draft(
    outlet: str,
    entries: Iterable[tuple[Entry, int | None]],
    composers: Sequence[Composer],
    decisions: Mapping[str, Decision],
    *,
    now: datetime,
    turn: int,
) -> tuple[Draft, ...]:
    """One delivery per entry and account; an entry comes with its ledger id where it has one already."""
    return tuple(
        _draft(
            outlet,
            entry,
            entry_id,
            composer,
            decisions[composer.account],
            now=now + index * _APART,
            turn=turn + index,
        )
        for index, (entry, entry_id) in enumerate(entries)
        for composer in composers
    )


def rewrite(
    rewritables: Iterable[Rewritable],
    composer: Composer,
    decision: Decision,
    *,
    now: datetime,
    turn: int,
    pace: timedelta = timedelta(0),
) -> tuple[Rewrite, ...]:
    """New contents for deliveries not yet attempted whose decision no longer holds, and for held ones.

    Reminders, which have no entry, are written by `piquet.remind_drafts`.
    """
    entries = [item for item in rewritables if item.entry is not None]
    changes = [
        (item, _rewrite(item, composer, decision, now=now + i * _APART, turn=turn + i))
        for i, item in enumerate(entries)
    ]
    return _released([(item, change) for item, change in changes if change], now, pace)


def _released(
    changes: Sequence[tuple[Rewritable, Rewrite]], now: datetime, pace: timedelta
) -> tuple[Rewrite, ...]:
    """The first of what the strike's mode held at once, each of the others `pace` after the one before."""
    paced: list[Rewrite] = []
    released = 0
    for item, change in changes:
        if item.state == "held" and change.state == "due" and item.decision.get("mode") == Mode.HOLD:
            change = replace(change, not_before=now + released * pace)
            released += 1
        paced.append(change)
    return tuple(paced)


def write(
    entry: Entry, composer: Composer, decision: Decision, *, key: str, now: datetime, turn: int
) -> Composed:
    """The content of one delivery."""
    if composer.client is None:
        return Composed(state="held", payload=None, reason=composer.trouble)
    if decision.mode is Mode.HOLD:
        return Composed(state="held", payload=None, reason=f"{decision.reason}: {RELEASED_AFTERWARDS}")
    try:
        post = compose(entry, decision, composer.style, turn=turn)
        payload = composer.client.prepare(post, key=key, at=now)
    except NoticeTooLong as error:
        return Composed(state="held", payload=None, reason=str(error))
    except Exception as error:  # a mistake of ours with one account's post must not cost the others theirs
        why = f"this post could not be composed for {composer.account} ({type(error).__name__}): tell the developers"
        return Composed(state="held", payload=None, reason=why)
    return Composed(state="due", payload=payload, reason=decision.reason)


def decision_to_json(decision: Decision) -> dict[str, Any]:
    """A decision as it is stored with every delivery."""
    return {
        "on_strike": decision.on_strike,
        "cause": str(decision.cause),
        "detail": decision.detail,
        "reason": decision.reason,
        "mode": str(decision.mode) if decision.mode else None,
        "day_number": decision.day_number,
        "notices": list(decision.notices),
        "short_notices": list(decision.short_notices),
        "statement_url": decision.statement_url,
        "hashtags": list(decision.hashtags),
    }


def same_effect(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two stored decisions make the same posts, whatever their causes."""
    return {k: v for k, v in one.items() if k not in _TOLD_ONLY} == {
        k: v for k, v in other.items() if k not in _TOLD_ONLY
    }


def still_applies(made_by: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether a delivery made by one decision may go out while the other applies; both as they are stored."""
    return all(made_by.get(name) == value for name, value in now.items() if name not in _TOLD_ONLY)


def _draft(
    outlet: str,
    entry: Entry,
    entry_id: int | None,
    composer: Composer,
    decision: Decision,
    *,
    now: datetime,
    turn: int,
) -> Draft:
    key = delivery_key(outlet, composer.account, entry)
    composed = write(entry, composer, decision, key=key, now=now, turn=turn)
    return Draft(
        key=key,
        entry=entry if entry_id is None else None,
        entry_id=entry_id,
        account=composer.account,
        state=composed.state,
        payload=composed.payload,
        decision=decision_to_json(decision),
        reason=composed.reason,
        not_before=None,
    )


def _rewrite(
    item: Rewritable, composer: Composer, decision: Decision, *, now: datetime, turn: int
) -> Rewrite | None:
    stored = decision_to_json(decision)
    still_holds = same_effect(item.decision, stored) and not item.corrected
    if item.state == "due" and (composer.client is None or still_holds):
        return None
    composed = write(item.entry, composer, decision, key=item.key, now=now, turn=turn)
    if composed.state == item.state == "held" and composed.reason == item.reason:
        return None
    return Rewrite(
        delivery_id=item.id,
        state=composed.state,
        payload=composed.payload,
        decision=stored,
        reason=composed.reason,
    )
