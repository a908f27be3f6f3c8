"""What readers will see of an outlet, ordinary and on strike, account by account; pure, it sends nothing."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo

from piquet import words
from piquet.compose import Style, compose, compose_message
from piquet.entry import Entry
from piquet.errors import NoticeTooLong
from piquet.limits import Count
from piquet.post import Post
from piquet.remind import Situation, opening
from piquet.remind_drafts import message_of
from piquet.saying import unfit
from piquet.strike import Cause, Decision, Mode, Strike, decide
from piquet.strike_spans import Span, current, planned


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """The instant a preview shows, and the strike as it is then; `as_if`: none is planned, so as if it began now."""

    strike: Strike
    at: datetime
    as_if: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One post as readers will see it; `card` is the link that is not in the text. Where there is none, `why_not`."""

    text: str = ""
    card: str = ""
    link: str = ""
    counts: tuple[Count, ...] = ()
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPreview:
    """One account: each entry as on an ordinary day and on strike; what goes out besides, where something does."""

    account: str
    network: str
    decision: Decision
    pairs: tuple[tuple[Shown, Shown], ...]
    reminder: Shown | None = None
    closing: Shown | None = None


def moment_shown(strike: Strike, now: datetime, zone: tzinfo) -> Moment:
    """Now where there is a strike now, else the start of the next one, else as if somebody switched it on now."""
    spans = planned(strike, zone)
    if strike.switch == "strike" or any(span.holds(now) for span in spans):
        return Moment(strike=strike, at=now)
    later = [span.start for span in spans if span.start > now]
    if later:
        return Moment(strike=strike, at=min(later))
    return Moment(strike=replace(strike, switch="strike"), at=now, as_if=True)


def preview(
    moment: Moment,
    styles: Iterable[Style],
    entries: Sequence[Entry],
    zone: tzinfo,
    *,
    language: str,
    by_hand: frozenset[date] = frozenset(),
) -> tuple[AccountPreview, ...]:
    """Every account's next posts. `by_hand` are the earlier days on which the switch stood on strike."""
    return tuple(_of_account(moment, style, entries, zone, language, by_hand) for style in styles)


def newest(entries: Iterable[Entry], count: int, now: datetime) -> list[Entry]:
    """The `count` newest; document order decides among entries without a date, which count as of `now`."""
    return sorted(entries, key=lambda entry: entry.published or now, reverse=True)[:count]


def _of_account(
    moment: Moment,
    style: Style,
    entries: Sequence[Entry],
    zone: tzinfo,
    language: str,
    by_hand: frozenset[date],
) -> AccountPreview:
    style = replace(style, local_now=moment.at.astimezone(zone))
    decision = decide(moment.strike, style.account, moment.at, zone, by_hand=by_hand)
    situation = Situation(
        outlet=style.outlet,
        account=style.account,
        traits=style.traits,
        strike=moment.strike,
        zone=zone,
        spans=(Span(start=moment.at),),
        now=moment.at,
        by_hand=by_hand,
    )
    kinds = [*_besides(moment.strike, decision)]
    return AccountPreview(
        account=style.account,
        network=style.traits.title,
        decision=decision,
        pairs=tuple(_pairs(entries, decision, style, language)),
        **{kind: _besides_shown(situation, kind, decision, style, language) for kind in kinds},
    )


def _pairs(
    entries: Sequence[Entry], decision: Decision, style: Style, language: str
) -> Iterator[tuple[Shown, Shown]]:
    ordinary = Decision(account=style.account, on_strike=False, cause=Cause.NO_STRIKE)
    for turn, entry in enumerate(entries):
        before = _shown(lambda entry=entry: compose(entry, ordinary, style), style, language)
        if not decision.on_strike:
            yield before, Shown(why_not=words.of("preview", "as_usual", language))
        elif decision.mode is Mode.HOLD:
            yield before, Shown(why_not=words.of("mode", Mode.HOLD, language))
        else:
            yield (
                before,
                _shown(
                    lambda entry=entry, turn=turn: compose(entry, decision, style, turn=turn), style, language
                ),
            )


def _besides(strike: Strike, decision: Decision) -> Iterator[str]:
    texts = strike.reminders or strike.notices or strike.short_notices
    if decision.on_strike and strike.reminder_minutes and texts:
        yield "reminder"
    if decision.on_strike and strike.closing:
        yield "closing"


def _besides_shown(situation: Situation, kind: str, decision: Decision, style: Style, language: str) -> Shown:
    """As it will be when it goes out: the reminder within its hours, the closing post at the strike's end."""
    if kind == "closing":
        situation = _at_the_end(situation)
        at = situation.now
    else:
        at = opening(situation.strike, situation.zone, situation.now)
    style = replace(style, local_now=at.astimezone(situation.zone))
    message = message_of(situation, kind, decision)
    return _shown(lambda: compose_message(message, style, turn=0, dated=True), style, language)


def _at_the_end(situation: Situation) -> Situation:
    """When the strike will be over, as things stand; one by hand has no end yet, and is shown as if it ended now."""
    strike, now = situation.strike, situation.now
    spans = () if strike.switch == "strike" else planned(strike, situation.zone)
    span = current(spans, now)
    return replace(situation, now=span.end, spans=(span,)) if span and span.end else situation


def _shown(make: Callable[[], Post], style: Style, language: str) -> Shown:
    try:
        post = make()
    except NoticeTooLong as error:
        return Shown(why_not=unfit(error, language))
    inside = post.link if post.link and post.link in post.text else None
    return Shown(
        text=post.text,
        card="" if inside else post.link or "",
        link=post.link or "",
        counts=style.limit.counts(post.text, inside),
    )
