"""The post of one entry for one account: notice first, then title, then link; pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from piquet.entry import Entry
from piquet.errors import NoticeTooLong
from piquet.limits import Limit
from piquet.networks.protocol import Traits
from piquet.post import Card, Post
from piquet.strike import Decision, Mode
from piquet.template import DEFAULT, fill
from piquet.text import graphemes, harmless, plain, plain_lines, shortened
from piquet.whole_link import whole_link

# Below this, a title beside the long notice says too little: the short notice takes its place.
_TITLE_WORTH_READING = 40
# Bluesky's own client cuts a card's description near here; longer ones only cost bytes.
_DESCRIPTION = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How one account's posts look: `local_now` is aware, in the outlet's zone."""

    account: str
    outlet: str
    language: str | None
    traits: Traits
    limit: Limit
    local_now: datetime
    template: str = DEFAULT
    hashtags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a post without an article says: texts that take turns, shorter ones, and the links and hashtags after it.

    `links` stand in the order of their worth.
    """

    texts: tuple[str, ...]
    short_texts: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    day_number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """The pieces of one attempt, from which compose takes the first that fits."""

    notice: str
    title: str
    link: str
    summary: str
    hashtags: tuple[str, ...]


def compose(entry: Entry, decision: Decision, style: Style, *, turn: int = 0) -> Post:
    """The post for `entry`; `turn` says whose turn it is among several notices.

    The link is never cut and the notice never dropped: the summary, then the hashtags, then the
    end of the title give way. Raises NoticeTooLong where even that is too much.
    """
    if decision.mode is Mode.MESSAGE_ONLY:
        return compose_message(_message_of(decision), style, turn=turn)
    link = whole_link(entry.link)
    text, shown = "", None
    for parts in _attempts(entry, decision, style, turn, link):
        text, shown = _text(parts, decision, style), link if parts.link else None
        if style.limit.fits(text, shown):
            return Post(
                text=text,
                link=link,
                card=_card(entry),
                language=entry.language or style.language,
                hashtags=parts.hashtags,
            )
    raise _too_long(text, shown, notice_of(_message_of(decision), style, turn, short=True), style)


def compose_message(message: Message, style: Style, *, turn: int, dated: bool = False) -> Post:
    """A post without an article; `turn` says whose turn it is, and tells it apart where the network refuses repeats.

    `dated`: `turn` begins again with each strike, so there the day is needed too.

    The text is never cut: the hashtags, then the links, the last one first, give way. Raises NoticeTooLong.
    """
    text = ""
    for short in (False, True):
        notice = _told_apart(notice_of(message, style, turn, short=short), style, turn, dated=dated)
        for links, hashtags in _tails(message):
            text = "\n\n".join(part for part in (notice, *links, " ".join(hashtags)) if part)
            if style.limit.fits(text):
                return Post(text=text, language=style.language, hashtags=hashtags)
    raise _too_long(text, None, notice_of(message, style, turn, short=True), style)


def notice_of(message: Message, style: Style, turn: int, *, short: bool = False) -> str:
    """The text whose turn it is, filled in; empty where there is none."""
    long, brief = message.texts, message.short_texts
    choice = (brief or long) if short else (long or brief)
    if not choice:
        return ""
    values = {"day_number": str(message.day_number or ""), "outlet": style.outlet}
    return fill(plain_lines(choice[turn % len(choice)]), values)


def _attempts(entry: Entry, decision: Decision, style: Style, turn: int, link: str) -> Iterator[_Parts]:
    shown = link if style.traits.link_in_text else ""
    for there in [shown, ""] if shown and style.traits.card_carries_link else [shown]:
        for short in (False, True):
            yield from _with_notice(entry, decision, style, turn, there, short=short)


def _with_notice(
    entry: Entry, decision: Decision, style: Style, turn: int, link: str, *, short: bool
) -> Iterator[_Parts]:
    parts = _Parts(
        notice=notice_of(_message_of(decision), style, turn, short=short),
        title="" if decision.mode is Mode.REPLACE else harmless(entry.title or entry.summary),
        link=link,
        summary=harmless(entry.summary),
        hashtags=decision.hashtags + style.hashtags,
    )
    yield parts
    yield (bare := replace(parts, summary="", hashtags=()))
    # The card still shows the headline, so a title of few words is worth keeping only at the last.
    floor = 1 if short or not decision.on_strike else _TITLE_WORTH_READING
    if title := _longest_title(bare, decision, style, floor):
        yield replace(bare, title=title)
    if short or not decision.on_strike:
        yield replace(bare, title="")


def _longest_title(parts: _Parts, decision: Decision, style: Style, floor: int) -> str:
    """The longest shortened title that fits, or '' where less than `floor` graphemes would."""
    low, high = 0, len(graphemes(parts.title))
    while low < high:
        middle = (low + high + 1) // 2
        text = _text(replace(parts, title=shortened(parts.title, middle)), decision, style)
        if style.limit.fits(text, parts.link or None):
            low = middle
        else:
            high = middle - 1
    return shortened(parts.title, low) if low >= floor else ""


def _text(parts: _Parts, decision: Decision, style: Style) -> str:
    return fill(
        style.template,
        {
            "notice": parts.notice,
            "title": parts.title,
            "link": parts.link,
            "summary": parts.summary,
            "hashtags": " ".join(parts.hashtags),
            "day_number": str(decision.day_number or ""),
            "outlet": style.outlet,
        },
    )


def _card(entry: Entry) -> Card:
    return Card(
        title=plain(entry.title) or shortened(plain(entry.summary), _DESCRIPTION),
        description=shortened(plain(entry.summary), _DESCRIPTION),
        image=entry.image,
    )


def _message_of(decision: Decision) -> Message:
    return Message(
        texts=decision.notices,
        short_texts=decision.short_notices,
        links=(decision.statement_url,) if decision.statement_url else (),
        hashtags=decision.hashtags,
        day_number=decision.day_number,
    )


def _tails(message: Message) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The links and hashtags to end with: all, then without the hashtags, then without one link after the other."""
    links = tuple(whole_link(link) for link in message.links)
    yield links, message.hashtags
    for number in range(len(links), -1, -1):
        yield links[:number], ()


def _told_apart(notice: str, style: Style, turn: int, *, dated: bool) -> str:
    if not style.traits.refuses_repeats:
        return notice
    # Two articles in one minute would make one text, and the network would refuse the second.
    number = "no." if style.language == "en" else "n°"
    return f"{notice} ({style.local_now.strftime('%d/%m, %H:%M' if dated else '%H:%M')}, {number} {turn + 1})"


def _too_long(text: str, link: str | None, notice: str, style: Style) -> NoticeTooLong:
    """The error for `text`, the shortest that could be made of this notice."""
    over = next((c for c in style.limit.counts(text, link) if c.used > c.maximum), None)
    by = f"{over.used - over.maximum} {over.unit} too long" if over else "too long"
    size = f" ({over.used} of {over.maximum})" if over else ""
    if not notice:
        return NoticeTooLong(
            f"The link and the template's own words are {by} for {style.account}{size}: shorten the template.",
            account=style.account,
            over=over,
        )
    return NoticeTooLong(
        f"The notice {shortened(notice, 30)!r} with the link and the template's own words is {by} for "
        f"{style.account}{size}: shorten it, or write a short notice.",
        account=style.account,
        notice=shortened(notice, 30),
        over=over,
    )
