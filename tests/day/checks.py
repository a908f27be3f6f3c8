"""What must hold of a played strike: each line a sentence, whether it holds, and where it does not, what is there instead."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import pairwise

from piquet.rehearsal.play import Play
from piquet.rehearsal.timeline import POSTS, Event, Timeline, What
from piquet.strike import Mode, Strike
from tests.day.plays import CLOSING, NOTICE, PINNED

CYCLE = 300  # seconds; the schedule of the cycles
ANSWERS = ("mastodon", "bluesky", "facebook", "threads", "telegram")  # where a program may reply
PINS = ("mastodon", "bluesky", "telegram", "facebook")
TELLS_PINS = ("mastodon", "bluesky", "telegram")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One sentence; `found` is what was expected and what is there, where it does not hold."""

    sentence: str
    holds: bool
    found: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What one strike should be, worked out without the rules that are checked: `start` and `end` in UTC."""

    play: Play
    start: datetime
    end: datetime
    number: int
    strikers: tuple[str, ...]
    strike: Strike = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "strike", self.play.states[-1][1])

    @property
    def notice(self) -> str:
        """How each post of the strike begins."""
        return NOTICE.format(day_number=self.number)


def lines(told: Timeline, expected: Expected) -> Iterator[Line]:
    """Every line of one strike in mode accompany."""
    yield from _every_article(told, expected)
    for account in expected.strikers:
        yield from _of_striker(told, expected, account)
    for account in told.outlet.accounts:
        if account not in expected.strikers:
            yield from _of_worker(told, account)


def _of_striker(told: Timeline, expected: Expected, account: str) -> Iterator[Line]:
    network, show = account.partition("/")[0], _shower(told)
    for what, at in ((What.BEGINS, expected.start), (What.ENDS, expected.end)):
        yield _same(f"{account}: {what} at {show(at)}", _times(told, account, what), [at], show)
    yield _notices(told, expected, account)
    yield _same(
        f"{account}: reminders every {expected.strike.reminder_minutes} min, from "
        f"{expected.strike.reminder_from:%H:%M}, never within {expected.strike.reminder_gap} of a notice but the first",
        _times(told, account, What.REMINDER),
        [*reminders(told, expected, account)],
        show,
    )
    yield from _replies(told, expected, account, network in ANSWERS)
    yield from _pins(told, expected, account, network)
    closing = [e.text for e in told.of(account, What.CLOSING) if e.at == expected.end]
    yield _line(f"{account}: one closing post, at the end", len(closing) == 1, closing)
    yield _line(f"{account}: the closing post is the strikers' own", closing == [CLOSING], closing)


def _of_worker(told: Timeline, account: str) -> Iterator[Line]:
    others = [str(e.what) for e in told.of(account) if e.what is not What.ENTRY]
    yield _line(f"{account}: works, so nothing but articles", not others, others)
    spoken = [e.text for e in told.of(account) if "grève" in e.text]
    yield _line(f"{account}: no post speaks of a strike", not spoken, spoken)


def _every_article(told: Timeline, expected: Expected) -> Iterator[Line]:
    due = {e.link: cycle_of(e.published) for e in expected.play.entries}
    for account in told.outlet.accounts:
        posted = [(e.link, e.at) for e in told.of(account, What.ENTRY)]
        wrong = sorted(set(posted) ^ set(due.items()))
        sentence = f"{account}: {len(due)} articles, each once, with its link, in the cycle that found it"
        yield _line(sentence, not wrong and len(posted) == len(due), wrong)
        cut = [e.link for e in told.of(account, What.ENTRY) if e.look is None or not _links(e)]
        yield _line(f"{account}: every link can be followed on the wall", not cut, cut)


def _links(event: Event) -> bool:
    look = event.look
    inside = {piece.href for piece in look.pieces} | {look.card.href if look.card else None}
    return event.link in inside


def _notices(told: Timeline, expected: Expected, account: str) -> Line:
    posts = [e for e in told.of(account) if e.what in POSTS]
    wrong = [
        f"{e.at:%d %H:%M} {e.text[:40]!r}"
        for e in posts
        if e.text.startswith(expected.notice) is not (expected.start <= e.at < expected.end)
    ]
    sentence = f"{account}: from beginning to end each post begins {expected.notice!r}, and none outside"
    return _line(sentence, bool(posts) and not wrong, wrong)


def reminders(told: Timeline, expected: Expected, account: str) -> Iterator[datetime]:
    """When they should go out, minute by minute, from the other posts' times alone."""
    others = [e.at for e in told.of(account, What.NOTICE, What.ENTRY) if e.text.startswith(expected.notice)]
    sent: list[datetime] = []
    slots = _slots(told, expected)
    for slot, following in zip(slots, [*slots[1:], expected.end], strict=True):
        gap = expected.strike.reminder_gap if sent else timedelta(minutes=1)
        for minute in _minutes(slot, min(following, expected.end)):
            last = max((at for at in (*others, *sent) if at < minute), default=None)
            if not _within(expected.strike, minute.astimezone(told.zone).time()):
                break
            if last is None or minute - last >= gap:
                sent.append(minute)
                yield minute
                break


def _slots(told: Timeline, expected: Expected) -> list[datetime]:
    """The hours at which they are meant, in the outlet's zone."""
    found, moment = [], expected.start
    step = timedelta(minutes=expected.strike.reminder_minutes)
    while moment < expected.end:
        if _within(expected.strike, moment.astimezone(told.zone).time()):
            found.append(moment)
            moment += step
        else:
            moment += timedelta(minutes=1)
    return found


def _within(strike: Strike, hour: time) -> bool:
    return strike.reminder_from <= hour and (strike.reminder_until is None or hour < strike.reminder_until)


def _minutes(start: datetime, end: datetime) -> Iterator[datetime]:
    while start < end:
        yield start
        start += timedelta(minutes=1)


def _replies(told: Timeline, expected: Expected, account: str, possible: bool) -> Iterator[Line]:
    since = expected.start - timedelta(days=expected.strike.tail_days)
    before = [e.text for e in told.of(account, What.ENTRY) if since <= e.at < expected.start]
    found = told.of(account, What.NOTICE)
    wanted = Counter(before[-expected.strike.tail_posts :] if possible else [])
    sentence = (
        f"{account}: one reply under each of the last {sum(wanted.values())} posts before, and no other"
    )
    yield _line(sentence, Counter(e.answers for e in found) == wanted, [e.answers for e in found])
    apart = all(b.at - a.at >= timedelta(minutes=1) for a, b in pairwise(found))
    late = [e.at for e in found if not _within(expected.strike, e.at.astimezone(told.zone).time())]
    yield _line(
        f"{account}: replies within the reminders' hours, never two in a minute", apart and not late, late
    )


def _pins(told: Timeline, expected: Expected, account: str, network: str) -> Iterator[Line]:
    if network not in PINS:
        return
    show, first = _shower(told), _times(told, account, What.REMINDER)[:1]
    yield _same(
        f"{account}: the first reminder is pinned at once", _times(told, account, What.PINNED), first, show
    )
    gone = _times(told, account, What.UNPINNED)
    yield _same(f"{account}: and taken away at the end", gone, [expected.end] * len(first), show)
    if network in TELLS_PINS:
        standing = told.standing[account]
        yield _line(f"{account}: what was pinned before stands there again", standing == (PINNED,), standing)


def story_lines(told: Timeline, mode: Mode, expected: Expected, released: datetime) -> Iterator[Line]:
    """What one day of the story must look like; `released`: the end of the days in a row that it belongs to."""
    own = {e.link: e for e in expected.play.entries if expected.start <= e.published < expected.end}
    for account in expected.strikers:
        day = [e for e in told.of(account) if expected.start <= e.at < expected.end and e.what in POSTS]
        wrong = [e.text for e in day if not e.text.startswith(expected.notice)]
        yield _line(f"{account}: each post says day {expected.number}", bool(day) and not wrong, wrong)
        yield _shown(told, mode, account, own, expected, released)
        sent, due = _times(told, account, What.REMINDER), [*reminders_of_day(told, expected, account)]
        found = [at for at in sent if expected.start <= at < expected.end]
        yield _same(f"{account}: {len(due)} reminders, three hours apart at least", found, due, _shower(told))
    for account in (a for a in told.outlet.accounts if a not in expected.strikers):
        links = [e.link for e in told.of(account, What.ENTRY) if e.link in own and "grève" not in e.text]
        yield _line(f"{account}: works, every article without a notice", links == [*own], links)


def reminders_of_day(told: Timeline, expected: Expected, account: str) -> Iterator[datetime]:
    """Every three hours from eight: the articles at 09:10, 12:00 and 17:40 leave half an hour before each."""
    eight = expected.start + timedelta(hours=8)
    yield from (eight + timedelta(hours=hours) for hours in (0, 3, 6, 9))


def _shown(
    told: Timeline, mode: Mode, account: str, own: dict, expected: Expected, released: datetime
) -> Line:
    posts = [e for e in told.of(account, What.ENTRY) if e.link in own]
    sentence = f"{account}: {len(own)} articles as mode {mode} has them"
    if mode is Mode.HOLD:
        right = all(e.at >= released and "grève" not in e.text and e.title in e.text for e in posts)
        held = [e.link for e in told.of(account, What.HELD) if e.link in own]
        return _line(f"{sentence}: held, and out after the end", right and held == [*own], held)
    right = all(_as(mode, e, expected) for e in posts)
    return _line(sentence, right and [e.link for e in posts] == [*own], [e.text for e in posts])


def _as(mode: Mode, event: Event, expected: Expected) -> bool:
    link, title = _links(event), event.title in event.text
    on_time = event.text.startswith(expected.notice) and expected.start <= event.at < expected.end
    return (
        on_time
        and (link, title)
        == {
            Mode.ACCOMPANY: (True, True),
            Mode.REPLACE: (True, False),
            Mode.MESSAGE_ONLY: (False, False),
        }[mode]
    )


def cycle_of(moment: datetime) -> datetime:
    """The first cycle at or after it."""
    late = moment.timestamp() % CYCLE
    return moment + timedelta(seconds=CYCLE - late) if late else moment


def _times(told: Timeline, account: str, what: What) -> list[datetime]:
    return [e.at for e in told.of(account, what)]


def _same(sentence: str, found: list[datetime], due: list[datetime], show) -> Line:
    said = f"due {[show(at) for at in due]}, found {[show(at) for at in found]}"
    return Line(sentence=sentence, holds=found == due, found=said)


def _line(sentence: str, holds: bool, found: Iterable[object]) -> Line:
    return Line(sentence=sentence, holds=holds, found=str([str(one) for one in found][:6]))


def _shower(told: Timeline):
    return lambda at: f"{at.astimezone(told.zone):%d/%m %H:%M:%S %Z}"
