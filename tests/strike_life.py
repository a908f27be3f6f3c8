"""A strike's life played minute by minute through the rules alone: what each account would post; no ledger, no network."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from piquet.compose import Style, compose
from piquet.drafting import Composer
from piquet.entry import Entry
from piquet.ledger.states import DeliveryState
from piquet.ledger.values import Earlier, Noticed
from piquet.networks import TRAITS
from piquet.post import Payload, Receipt
from piquet.remind import Situation, due, outlived
from piquet.remind_drafts import draft
from piquet.strike import Decision, Mode, Strike, days_by_hand, decide
from piquet.strike_form import strike_to_json
from piquet.strike_spans import last_ended, spans


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What a reader sees: when, on which account, what kind, and the text."""

    at: datetime
    account: str
    kind: str
    text: str
    link: str | None
    about: dict


class Writer:
    """As much of a client as writing needs."""

    def prepare(self, post, *, key, at, reply_to=None):
        body = {"reply_to": reply_to and reply_to.id}
        return Payload(network="n", key=key, prepared_at=at, text=post.text, link=post.link, body=body)


@dataclass
class Life:
    """An outlet: the states its block was seen in, and everything it has posted."""

    zone: tzinfo
    accounts: tuple[str, ...] = ("mastodon/a", "x/a")
    states: list[tuple[datetime, Strike]] = field(default_factory=list)
    posted: list[Posted] = field(default_factory=list)
    rows: dict[str, list[Noticed]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def set(self, at: datetime, strike: Strike) -> None:
        """The block is seen like this from `at` on."""
        self.states.append((at, strike))

    def play(
        self, start: datetime, end: datetime, entries: Iterable[tuple[datetime, Entry]] = (), step: int = 1
    ) -> None:
        """A cycle every `step` minutes; an entry goes out in the first cycle after its time."""
        waiting, now = sorted(entries, key=lambda pair: pair[0]), start
        while now < end:
            ready = [entry for at, entry in waiting if at <= now]
            waiting = [pair for pair in waiting if pair[0] > now]
            for account in self.accounts:
                self._remind(account, now)
                for entry in ready:
                    self._post(account, entry, now)
            now += timedelta(minutes=step)

    def of(self, account: str, *kinds: str) -> list[Posted]:
        """What that account posted, of these kinds where asked."""
        return [p for p in self.posted if p.account == account and (not kinds or p.kind in kinds)]

    def decision(self, account: str, now: datetime) -> Decision:
        """What applies now."""
        strike = self._now(now)[-1][1]
        return decide(strike, account, now, self.zone, by_hand=self._by_hand(now, strike))

    def situation(self, account: str, now: datetime) -> Situation:
        """All that is known of an account."""
        states = self._now(now)
        strike, found = states[-1][1], spans(states, account, self.zone)
        own = self.of(account)
        bare = Situation(
            outlet="j", account=account, traits=TRAITS[account.split("/")[0]], strike=strike, zone=self.zone,
            spans=found, now=now, by_hand=self._by_hand(now, strike), rows=self.rows.get(account, ()),
            last_notice=max((p.at for p in own if p.about.get("on_strike", p.kind != "entry")), default=None),
        )  # fmt: skip
        span = bare.span or last_ended(found, now)
        before = span.start - timedelta(days=strike.tail_days) if span else now
        earlier = [
            Earlier(id=self.posted.index(p), receipt=Receipt(id=str(self.posted.index(p)), url="", at=p.at))
            for p in reversed(own)
            if p.kind == "entry" and not p.about["on_strike"] and span and before <= p.at < span.start
        ]
        return Situation(**{n: getattr(bare, n) for n in bare.__slots__ if n != "earlier"}, earlier=earlier)

    def composer(self, account: str, now: datetime) -> Composer:
        """What its posts are made with."""
        traits = TRAITS[account.split("/")[0]]
        style = Style(
            account=account, outlet="Le Journal", language="fr", traits=traits, limit=traits.limit,
            local_now=now.astimezone(self.zone),
        )  # fmt: skip
        return Composer(account=account, style=style, client=Writer())

    def _remind(self, account: str, now: datetime) -> None:
        if not self._now(now):
            return
        situation, rows = self.situation(account, now), self.rows.setdefault(account, [])
        over = outlived(situation)
        rows[:] = [row for row in rows if row.id not in over]
        decision, composer = self.decision(account, now), self.composer(account, now)
        for intent in due(situation):
            if one := draft(situation, intent, decision, composer):
                rows.append(self._row(len(self.posted) + len(rows) + 1000, one))
        for row in [r for r in rows if r.untried and (r.not_before is None or r.not_before <= now)]:
            self._send(account, row, now)

    def _row(self, id_: int, one) -> Noticed:
        self.texts[one.key] = one.payload.text if one.payload else ""
        return Noticed(
            id=id_, kind=one.kind, key=one.key, state=DeliveryState(one.state), reason=one.reason,
            decision=one.decision, not_before=one.not_before,
            untried=True, receipt=None,
        )  # fmt: skip

    def _send(self, account: str, row: Noticed, now: datetime) -> None:
        if row.state is not DeliveryState.DUE:
            return
        text = self.texts[row.key]
        self.posted.append(
            Posted(at=now, account=account, kind=row.kind, text=text, link=None, about=dict(row.decision))
        )
        sent = Noticed(
            id=row.id, kind=row.kind, key=row.key, state=DeliveryState.SENT, reason=row.reason,
            decision=row.decision, not_before=None, untried=False, receipt=Receipt(id=str(row.id), url="", at=now),
        )  # fmt: skip
        self.rows[account] = [sent if r.key == row.key else r for r in self.rows[account]]

    def _post(self, account: str, entry: Entry, now: datetime) -> None:
        if self._now(now):
            decision = self.decision(account, now)
        else:
            decision = decide(Strike(), account, now, self.zone)
        if decision.mode is Mode.HOLD:
            return
        post = compose(entry, decision, self.composer(account, now).style, turn=len(self.posted))
        about = {"on_strike": decision.on_strike, "day": decision.day_number}
        self.posted.append(
            Posted(at=now, account=account, kind="entry", text=post.text, link=post.link, about=about)
        )

    def _now(self, now: datetime) -> list[tuple[datetime, Strike]]:
        return [(at, strike) for at, strike in self.states if at <= now]

    def _by_hand(self, now: datetime, strike: Strike):
        seen = [(at, strike_to_json(one)) for at, one in self._now(now)]
        return days_by_hand(seen, now, self.zone, strike.movement)
