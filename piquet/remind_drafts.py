"""From what is to go out besides the articles to deliveries: their texts, and new ones where the strike was changed; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from piquet.compose import Message, compose_message
from piquet.drafting import Composed, Composer, decision_to_json, same_effect
from piquet.errors import NoticeTooLong
from piquet.ledger.values import Draft, Noticed, Rewrite
from piquet.post import Post, Receipt
from piquet.remind import Intent, Situation, paced
from piquet.strike import Decision, day_number

_INSTANT = timedelta(microseconds=1)
# What of a stored decision says which post it is, whatever the strike says by now.
_KEPT = ("slot", "parent", "span", "turn", "reply_to")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """One delivery to write or to write anew; `stored` is what is kept with it and what its text follows from."""

    kind: str
    key: str
    message: Message
    reply_to: Receipt | None
    stored: Mapping[str, Any]


def draft(situation: Situation, intent: Intent, decision: Decision, composer: Composer) -> Draft | None:
    """The delivery of an intent; None where there are no words for it, or its account cannot be used now."""
    about = {**intent.about, "span": intent.span.start.isoformat(), "turn": intent.turn}
    if intent.parent:
        about["reply_to"] = _receipt_to_json(intent.parent.receipt)
    job = _job(situation, intent.kind, intent.key, decision, about)
    if composer.client is None or not (job.message.texts or job.message.short_texts):
        return None
    composed = _write(job, composer, _when(situation, intent.not_before))
    return Draft(
        key=intent.key,
        account=situation.account,
        kind=intent.kind,
        state=composed.state,
        payload=composed.payload,
        decision=job.stored,
        reason=composed.reason,
        not_before=intent.not_before,
    )


def outdated(situation: Situation, row: Noticed, decision: Decision) -> bool:
    """Whether this delivery, which no worker has tried, would say something else by now, or is held back."""
    if not row.untried:
        return False
    return row.state == "held" or not same_effect(row.decision, _job_of(situation, row, decision).stored)


def rewrites(
    situation: Situation, rows: Sequence[Noticed], decision: Decision, composer: Composer
) -> tuple[Rewrite, ...]:
    """New contents for deliveries that are outdated, but those that the same thing still holds back.

    Replies that were held lost their times, and go out one after the other again.
    """
    found = []
    times = paced(situation.strike, situation.zone, situation.now)
    for row in rows:
        one = rewrite(situation, row, decision, composer)
        if one and _is_released(one, row):
            later = replace(row, not_before=next(times))
            one = rewrite(situation, later, decision, composer)
            one = one and replace(one, not_before=later.not_before)
        found.append(one)
    return tuple(one for one in found if one)


def rewrite(situation: Situation, row: Noticed, decision: Decision, composer: Composer) -> Rewrite | None:
    """New content for a delivery that is outdated; None where the same thing still holds it back."""
    job = _job_of(situation, row, decision)
    if composer.client is None or not (job.message.texts or job.message.short_texts):
        return None
    composed = _write(job, composer, _when(situation, row.not_before))
    if composed.state == row.state == "held" and composed.reason == row.reason:
        return None
    return Rewrite(
        delivery_id=row.id,
        state=composed.state,
        payload=composed.payload,
        decision=job.stored,
        reason=composed.reason,
    )


def _is_released(one: Rewrite, row: Noticed) -> bool:
    return row.kind == "notice" and row.state == "held" and one.state == "due"


def message_of(situation: Situation, kind: str, decision: Decision) -> Message:
    """What a post of this kind says."""
    strike = situation.strike
    if kind == "closing":
        return Message(texts=(strike.closing,), day_number=_last_day(situation))
    if kind == "notice":
        links, tags, texts = (strike.statement_url,), (), decision.notices
    else:
        links, tags = (strike.statement_url, strike.fund_url), decision.hashtags
        texts = strike.reminders if decision.on_strike and strike.reminders else decision.notices
    return Message(
        texts=texts,
        short_texts=decision.short_notices,
        links=tuple(link for link in links if link),
        hashtags=tags,
        day_number=decision.day_number,
    )


def _job_of(situation: Situation, row: Noticed, decision: Decision) -> _Job:
    about = {name: row.decision[name] for name in _KEPT if name in row.decision}
    return _job(situation, row.kind, row.key, decision, about)


def _last_day(situation: Situation) -> int:
    """The number of the strike's last day."""
    ended = [span.end for span in situation.spans if span.end is not None and span.end <= situation.now]
    moment = max(ended) - _INSTANT if ended else situation.now
    return day_number(situation.strike, moment, situation.zone, by_hand=situation.by_hand)


def _job(situation: Situation, kind: str, key: str, decision: Decision, about: Mapping[str, Any]) -> _Job:
    message = message_of(situation, kind, decision)
    said = {"texts": list(message.texts), "links": list(message.links)}
    return _Job(
        kind=kind,
        key=key,
        message=message,
        reply_to=_receipt_from_json(about["reply_to"]) if "reply_to" in about else None,
        stored={**decision_to_json(decision), **said, **about},
    )


def _when(situation: Situation, not_before: datetime | None) -> datetime:
    """The time that the post bears, on a network where it bears ours: a reply that waits for its turn is of that hour."""
    return max(situation.now, not_before or situation.now)


def _write(job: _Job, composer: Composer, at: datetime) -> Composed:
    try:
        post = _post(job, composer, at)
        payload = composer.client.prepare(post, key=job.key, at=at, reply_to=job.reply_to)
    except NoticeTooLong as error:
        return Composed(state="held", payload=None, reason=str(error))
    except Exception as error:  # a mistake of ours with one account's post must not cost the others theirs
        why = f"this {job.kind} could not be composed for {composer.account} ({type(error).__name__}): tell the developers"
        return Composed(state="held", payload=None, reason=why)
    return Composed(state="due", payload=payload, reason=job.stored["reason"])


def _post(job: _Job, composer: Composer, at: datetime) -> Post:
    style = replace(composer.style, local_now=at.astimezone(composer.style.local_now.tzinfo))
    return compose_message(job.message, style, turn=job.stored["turn"], dated=True)


def _receipt_to_json(receipt: Receipt) -> dict[str, str]:
    return {"id": receipt.id, "url": receipt.url, "at": receipt.at.isoformat()}


def _receipt_from_json(values: Mapping[str, str]) -> Receipt:
    return Receipt(id=values["id"], url=values["url"], at=datetime.fromisoformat(values["at"]))
