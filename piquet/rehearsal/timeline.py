"""What happened in a rehearsal, moment by moment and account by account; it knows no page and judges nothing."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from enum import StrEnum

from piquet import words
from piquet.drafting import RELEASED_AFTERWARDS
from piquet.ledger.ledger import Ledger
from piquet.ledger.states import DeliveryState
from piquet.ledger.values import DeliveryRow, Move
from piquet.outlet import Outlet
from piquet.rehearsal.stage import same_post, wall_name
from piquet.strike import Mode
from piquet.wall.look import Column, Look, column
from piquet.wall.state import Wall
from piquet.whole_link import whole_link

_EVERY_POST = 10_000


class What(StrEnum):
    """What happens to an account: its strike begins and ends, a post goes out, is held, is pinned or no more."""

    BEGINS = "begins"
    ENDS = "ends"
    HELD = "held"
    REMINDER = "reminder"
    NOTICE = "notice"
    CLOSING = "closing"
    ENTRY = "entry"
    PINNED = "pinned"
    UNPINNED = "unpinned"


POSTS = frozenset({What.ENTRY, What.REMINDER, What.NOTICE, What.CLOSING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happens. Of a post: its text, the article's title and link, and its `look` on the wall.

    `answers`: the text of the post that a notice stands under; `receipt`: the network's id of the post in question.
    """

    at: datetime
    account: str
    what: What
    text: str = ""
    title: str = ""
    link: str = ""
    receipt: str = ""
    answers: str = ""
    on_strike: bool = False
    day_number: int | None = None
    look: Look | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A rehearsal from `start` until `until`, `events` in the order of their times.

    `columns` are the accounts as the wall shows them; `standing`: the texts pinned there at the end, where the network
    tells them.
    """

    outlet: Outlet
    start: datetime
    until: datetime
    events: tuple[Event, ...]
    columns: Mapping[str, Column] = field(repr=False)
    standing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def zone(self) -> tzinfo:
        """The hours in which it is read."""
        return self.outlet.zone

    def of(self, account: str, *what: What) -> list[Event]:
        """What happened to that account, of these kinds where asked."""
        return [e for e in self.events if e.account == account and (not what or e.what in what)]


def timeline_of(
    ledger: Ledger,
    wall: Wall,
    outlet: Outlet,
    notes: Iterable[Event],
    *,
    start: datetime,
    until: datetime,
    pinned: Mapping[str, Collection[str]],
) -> Timeline:
    """What the ledger and the wall hold, with the `notes` of what neither tells; `pinned` are receipts' ids."""
    rows = ledger.deliveries(outlet.name, limit=None)
    wall.change("notices", _notices(rows))
    # What a network reads from the article's own page.
    wall.change("cards", {whole_link(row.link): {"title": row.title} for row in rows if row.link})
    columns = {account: _column(wall, account) for account in outlet.accounts}
    posts = [_post(row, columns, rows) for row in rows if row.state is DeliveryState.SENT]
    held = [
        one
        for row in rows
        if row.kind == "entry" and (one := _held(row, ledger.history(row.id)[0], outlet.language))
    ]
    found = [*notes, *posts, *held]
    named = [_named(one, posts) for one in found]
    return Timeline(
        outlet=outlet,
        start=start,
        until=until,
        events=tuple(sorted(named, key=lambda event: (event.at, list(What).index(event.what)))),
        columns=columns,
        standing={account: _texts(wall, account, ids) for account, ids in pinned.items()},
    )


def _column(wall: Wall, account: str) -> Column:
    own = wall.accounts[account.partition("/")[0], wall_name(account)]
    return column(wall, own, wanted="", only_notices=False, most=_EVERY_POST)


def _texts(wall: Wall, account: str, receipts: Collection[str]) -> tuple[str, ...]:
    posts = {post.id: post.text for post in wall.posts(account.partition("/")[0], wall_name(account))}
    return tuple(posts[found] for one in receipts if (found := same_post(posts, one)))


def _notices(rows: Iterable[DeliveryRow]) -> list[str]:
    """How posts with a notice begin, for the wall to mark: up to the first blank line."""
    carrying = (row for row in rows if row.kind != "entry" or row.decision.get("on_strike"))
    return sorted({row.text.partition("\n\n")[0] for row in carrying if row.text.strip()})


def _post(row: DeliveryRow, columns: Mapping[str, Column], rows: Iterable[DeliveryRow]) -> Event:
    parent = row.decision.get("parent")
    return Event(
        # Bluesky's receipt tells when it was composed.
        at=row.first_attempt_at or row.updated_at,
        account=row.account,
        what=What(row.kind),
        text=row.text,
        title=row.title,
        link=row.link,
        receipt=row.receipt_id or "",
        answers=next((one.text for one in rows if one.id == parent), "") if parent else "",
        on_strike=bool(row.decision.get("on_strike")),
        day_number=row.decision.get("day_number"),
        look=_look(columns[row.account], row.receipt_id or ""),
    )


def _look(shown: Column, receipt: str) -> Look | None:
    prefix = f"{shown.network}-{shown.name}-"
    looks = {look.anchor.removeprefix(prefix): look for look in shown.posts}
    return looks.get(same_post(looks, receipt) or "")


def _held(row: DeliveryRow, first: Move, language: str) -> Event | None:
    """Where it was held when it was composed, with the reason."""
    if first.after is not DeliveryState.HELD:
        return None
    by_strike = first.why.endswith(RELEASED_AFTERWARDS)
    why = words.mode(Mode.HOLD, language) if by_strike else first.why
    return Event(
        at=first.at,
        account=row.account,
        what=What.HELD,
        text=f"{row.title} ({why})",
        title=row.title,
        link=row.link,
    )


def _named(event: Event, posts: Iterable[Event]) -> Event:
    """A pin with the text of its post."""
    if event.what not in (What.PINNED, What.UNPINNED):
        return event
    post = next((p for p in posts if (p.account, p.receipt) == (event.account, event.receipt)), None)
    return replace(event, text=post.text) if post else event
