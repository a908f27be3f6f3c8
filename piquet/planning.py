"""Calling and ending a strike: what would fail on the day is refused now, in plain sentences; pure, it saves nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

from piquet import words
from piquet.compose import Message, Style, compose, compose_message
from piquet.entry import Entry
from piquet.errors import NoticeTooLong, UserError
from piquet.ledger.values import StrikeChange
from piquet.saying import unfit
from piquet.strike import Cause, Decision, Mode, Strike, Window, outside
from piquet.strike_form import strike_from_json, strike_from_ledger

# An article that leaves a notice little room: real addresses are seldom longer, and the title may shrink to a word.
_LINK = "https://www.example.com/politique/2026/12/05/" + "un-article-au-titre-long-" * 4 + "987654.html"
# As wide as a strike-day number gets.
_WIDEST_DAY = 888


class Objections(UserError):
    """The strike would fail on the day; `sentences` say each why, and what to do."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = tuple(sentences)


def call(
    before: Mapping[str, Any],
    changes: Mapping[str, Any],
    *,
    accounts: Sequence[str],
    styles: Sequence[Style],
    now: datetime,
    zone: tzinfo,
    language: str = "en",
    without_statement: bool = False,
) -> Strike:
    """The strike that `changes` make of the plain values `before`; raises Objections, or UserError for one wrong value.

    `styles` are those of the accounts that can be asked; `changes` holds only the fields that change.
    """
    strike = strike_from_json({**before, **changes}, zone)
    known = strike_from_json(_lenient(before), zone)
    sentences = [
        *_of_time(strike, known, now, zone, language),
        *_of_accounts(strike, accounts, language),
        *_of_statement(strike, without_statement, language),
        *too_long(strike, styles, language),
    ]
    if sentences:
        raise Objections(sentences)
    return strike


def end(
    before: Mapping[str, Any],
    *,
    when: datetime,
    now: datetime,
    zone: tzinfo,
    who: str,
    why: str,
    language: str = "en",
    later_too: bool = False,
) -> Strike:
    """The strike ended at `when` (aware, now or later): the day and the walkouts it falls in stop there.

    What is planned for later stays, unless `later_too`. A day that was begun goes on counting as a strike day.
    Raises Objections where nothing would end.
    """
    strike = strike_from_ledger(before, zone)
    if when < now:
        raise Objections([_refused("past_end", language, when=words.moment(when, zone, language))])
    today = when.astimezone(zone).date()
    days = tuple(day for day in strike.days if day < today or (day > today and not later_too))
    cut = [*_cut(strike, when, zone, later_too=later_too)]
    if today in strike.days:
        cut.append(Window(start=datetime.combine(today, time(), tzinfo=zone).astimezone(UTC), end=when))
    if strike.switch == "strike" and when > now:
        cut.extend(_by_hand(strike, now, when, zone))
    windows = tuple(sorted((w for w in cut if w.end is None or w.start < w.end), key=lambda w: w.start))
    ended = replace(strike, switch="normal", days=days, windows=windows, changed_by=who, why=why)
    if (ended.switch, ended.days, ended.windows) == (strike.switch, strike.days, strike.windows):
        raise Objections([_refused("nothing_to_end", language, when=words.moment(when, zone, language))])
    return ended


def too_long(strike: Strike, styles: Sequence[Style], language: str = "en") -> Iterator[str]:
    """A sentence for each covered account on which a text of this strike would not fit: by how much, and where."""
    for style in styles:
        if strike.accounts and style.account not in strike.accounts:
            continue
        said = dict.fromkeys(_tried(strike, style, language))
        yield from (sentence for sentence in said if sentence)


def undone(before: Mapping[str, Any], written: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields that a validated way changed from `before` to `written` and that stand as before again.

    So it looks when a browser tab opened earlier is saved: Prefect's form overwrites the whole block.
    """
    ignored = {"changed_by", "why"}
    changed = (name for name in written if name not in ignored and before.get(name) != written[name])
    return tuple(name for name in changed if now.get(name) == before.get(name))


def taken_back(
    checked: Iterable[StrikeChange], last: Mapping[str, Any], now: Mapping[str, Any]
) -> tuple[tuple[StrikeChange, tuple[str, ...]], ...]:
    """Which of the `checked` changes, the newest first, the step from `last` to `now` undid, each with the fields."""
    found, told = [], set[str]()
    for change in checked:
        stepped = (
            name for name in undone(change.before, change.after, now) if last.get(name) != now.get(name)
        )
        if fields := tuple(name for name in stepped if name not in told):
            told.update(fields)
            found.append((change, fields))
    return tuple(found)


def to_come(strike: Strike, now: datetime, zone: tzinfo) -> bool:
    """Whether somebody is or will be on strike, as things stand."""
    today = now.astimezone(zone).date()
    listed = any(day >= today for day in strike.days) or any(w.until(zone) > now for w in strike.windows)
    return strike.switch == "strike" or listed


def _lenient(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Only what says when there was a strike: a block that could not be read must not keep anybody from calling one."""
    return {name: values.get(name) for name in ("days", "windows")} | {"mode": "hold"}


def _of_time(strike: Strike, known: Strike, now: datetime, zone: tzinfo, language: str) -> Iterator[str]:
    today = now.astimezone(zone).date()
    for day in strike.days:
        if day < today and day not in known.days:
            told = {"day": words.day(day, language), "today": words.day(today, language)}
            yield _refused("past_day", language, "days", **told)
    for window in strike.windows:
        if window.until(zone) <= now and window not in known.windows:
            start = words.moment(window.start, zone, language)
            yield _refused("past_walkout", language, "windows", start=start)
    if not to_come(strike, now, zone):
        yield _refused("nothing_to_come", language, "days")


def _of_accounts(strike: Strike, accounts: Sequence[str], language: str) -> Iterator[str]:
    for account in strike.accounts:
        if account not in accounts:
            known = ", ".join(accounts)
            yield _refused("unknown_account", language, "accounts", account=account, known=known)


def _of_statement(strike: Strike, without: bool, language: str) -> Iterator[str]:
    if not strike.statement_url and not without:
        yield _refused("no_statement", language, "statement_url")


def _refused(name: str, language: str, field: str = "", **values: object) -> str:
    told = {"field": words.of("strike field", field, language)} if field else {}
    return words.of("refused", name, language, **told, **values)


def _tried(strike: Strike, style: Style, language: str) -> Iterator[str]:
    """Every text of the strike as a post of this account; why each does not fit, or nothing."""
    turns = max(1, len(strike.notices)) * max(1, len(strike.short_notices))
    for turn in range(turns):
        yield _refusal(
            lambda turn=turn: compose(_article(), _decision(strike, style), style, turn=turn), language
        )
    for turn in range(len(strike.reminders or strike.notices) if strike.reminder_minutes else 0):
        texts = strike.reminders or strike.notices
        yield _refusal(lambda turn=turn, texts=texts: _reminder(texts, strike, style, turn), language)
    if strike.closing:
        yield _refusal(lambda: _reminder((strike.closing,), strike, style, 0, short=False), language)


def _refusal(attempt: Callable[[], object], language: str) -> str:
    try:
        attempt()
    except NoticeTooLong as error:
        return unfit(error, language)
    return ""


def _reminder(texts: tuple[str, ...], strike: Strike, style: Style, turn: int, *, short: bool = True) -> None:
    shorter = strike.short_notices if short else ()
    message = Message(texts=texts, short_texts=shorter, day_number=_WIDEST_DAY)
    compose_message(message, style, turn=turn, dated=True)


def _decision(strike: Strike, style: Style) -> Decision:
    # In mode hold nothing is composed during the strike, and its notices would still be written in the reminders.
    mode = Mode.ACCOMPANY if strike.mode is Mode.HOLD else strike.mode
    return Decision(
        account=style.account,
        on_strike=True,
        cause=Cause.BY_HAND,
        mode=mode,
        day_number=_WIDEST_DAY,
        notices=strike.notices,
        short_notices=strike.short_notices,
        statement_url=strike.statement_url,
        hashtags=strike.hashtags,
    )


def _article() -> Entry:
    return Entry(feed="https://www.example.com/rss", id=_LINK, link=_LINK, title="Un")


def _by_hand(strike: Strike, now: datetime, when: datetime, zone: tzinfo) -> Iterator[Window]:
    """What the switch alone keeps on strike until then, as walkouts that count the days as the switch does.

    A walkout counts one for each 24 hours, the switch one for each day of the calendar: so a new one at midnight.
    """
    for start, end in outside(strike.windows, now, when, zone):
        tomorrow = start.astimezone(zone).date() + timedelta(days=1)
        midnight = min(end, datetime.combine(tomorrow, time(), tzinfo=zone).astimezone(UTC))
        yield Window(start=start, end=midnight)
        if midnight < end:
            yield Window(start=midnight, end=end)


def _cut(strike: Strike, when: datetime, zone: tzinfo, *, later_too: bool) -> Iterator[Window]:
    for window in strike.windows:
        if window.start >= when and later_too:
            continue
        if window.start <= when < window.until(zone):
            yield Window(start=window.start, end=when)
        else:
            yield window
