"""An impact report in people's words: the answer, facts and rows, for whichever page or artifact shows them; pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from piquet import words
from piquet.impact.answer import Answer, Finding, find
from piquet.impact.values import Comparison, Facts, Impact, Measure, Verdict
from piquet.impact.words import NOTHING, Tongue

# Accounts named in the answer; the table has them all.
_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that was counted: what, how much, and what that means."""

    name: str
    value: str
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A report as people read it. `said` follows the answer's `sentence`; a row's cells are lines, as `heads` are named."""

    language: str
    title: str
    outlet: str
    span: str
    made: str
    answer: Answer
    word: str
    sentence: str
    said: tuple[str, ...]
    facts: tuple[Fact, ...]
    missing: tuple[str, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], ...], ...]
    measured: str
    blank: str
    reading: tuple[str, ...]
    limits: tuple[str, ...]
    method: tuple[str, ...]


def view(impact: Impact) -> View:
    """The report in its own language."""
    return _Writer(impact, Tongue.of(impact), find(impact)).view()


def timeline_title(impact: Impact) -> str:
    """What the picture of the hours shows, as one sentence."""
    tongue, facts = Tongue.of(impact), impact.facts
    counts = {name: tongue.number(getattr(facts, name)) for name in ("noticed", "posts", "reminders")}
    if facts.first_notice and facts.last_notice:
        ends = {name: tongue.when(getattr(facts, f"{name}_notice")) for name in ("first", "last")}
        return tongue.say("timeline_title", **counts, **ends)
    return tongue.say("timeline_none" if facts.posts else "timeline_empty", **counts)


def timeline_alt(impact: Impact) -> str:
    """The same for who does not see it, with what the lanes hold."""
    tongue = Tongue.of(impact)
    replies = [hour.replies for hour in impact.facts.hours if hour.replies is not None]
    told = (
        tongue.say("alt_replies", replies=tongue.number(sum(replies)))
        if replies
        else tongue.say("no_replies")
    )
    notices = tongue.number(sum(hour.notices for hour in impact.facts.hours))
    picture = tongue.say("alt_timeline", span=tongue.spanned(), notices=notices)
    return f"{picture} {timeline_title(impact)}. {told}"


def compared_title(impact: Impact) -> str:
    """What the picture of the comparisons shows, as one sentence."""
    return view(impact).sentence


def compared_alt(impact: Impact) -> str:
    """The same for who does not see it; of single accounts the table tells."""
    tongue = Tongue.of(impact)
    whole = (f"{label(one, tongue)}." for one in offered(impact) if not one.account)
    picture = tongue.say("alt_compared", ordinary=tongue.ordinary())
    return " ".join([picture, compared_title(impact), *whole])


def offered(impact: Impact) -> tuple[Comparison, ...]:
    """The comparisons for which a network gave any figure at all."""
    return tuple(one for one in impact.comparisons if one.strike or one.ordinary)


def account_name(one: Comparison, tongue: Tongue) -> str:
    """The account, or that it is all of them."""
    return one.account or tongue.say("all_accounts")


def measure_name(measure: Measure, tongue: Tongue) -> str:
    """Views, reactions or replies."""
    return words.of("measure", str(measure), tongue.language)


def label(one: Comparison, tongue: Tongue) -> str:
    """What a comparison says, in a few words: replies 2.4 times as many."""
    return tongue.say("label", measure=measure_name(one.measure, tongue), finding=short(one, tongue))


def short(one: Comparison, tongue: Tongue) -> str:
    """2.4 times as many, no clear difference, too little data."""
    if one.verdict in (Verdict.MORE, Verdict.LESS) and one.ratio is not None:
        return tongue.say("times_as_many", ratio=tongue.ratio(one.ratio))
    return finding(one, tongue)


def finding(one: Comparison, tongue: Tongue) -> str:
    """More than usual, no clear difference, too little data."""
    return words.of("impact verdict", str(one.verdict), tongue.language)


@dataclass(frozen=True, slots=True)
class _Writer:
    impact: Impact
    tongue: Tongue
    found: Finding

    def view(self) -> View:
        impact, say = self.impact, self.tongue.say
        return View(
            language=impact.language,
            title=say("title"),
            outlet=impact.title,
            span=self.tongue.spanned(),
            made=say(
                "made", moment=words.moment(impact.at, self.tongue.zone, impact.language), zone=impact.zone
            ),
            answer=self.found.answer,
            word=words.of("impact answer", self.found.answer, impact.language),
            sentence=self._sentence(),
            said=tuple(self._said()),
            facts=tuple(self._facts(impact.facts)),
            missing=impact.facts.missing,
            heads=tuple(self._heads()),
            rows=tuple(self._row(one) for one in offered(impact)),
            measured=self._measured(),
            blank=self._blank(),
            reading=self._many("reading", 5, ordinary=self.tongue.ordinary()),
            limits=self._many("limit", 4),
            method=self._many("method", 5, level=self.tongue.number(impact.level * 100)),
        )

    def _sentence(self) -> str:
        say, ordinary = self.tongue.say, self.tongue.ordinary()
        match self.found.answer:
            case Answer.UNKNOWN:
                return words.of("impact unknown", self.found.why or "", self.impact.language)
            case Answer.NO:
                measures = dict.fromkeys(
                    measure_name(one.measure, self.tongue) for one in self.found.carried_by
                )
                return say("no_difference", measures=self.tongue.listed(list(measures)), ordinary=ordinary)
        return say("got", accounts=self._got(self.found.carried_by), ordinary=ordinary)

    def _got(self, comparisons: Iterable[Comparison]) -> str:
        """2.4 times as many replies and 1.6 times as many reactions, account by account."""
        accounts = [
            self._got_on(account, list(found))
            for account, found in groupby(
                sorted(comparisons, key=lambda one: one.account), lambda one: one.account
            )
        ]
        more = len(accounts) - _NAMED
        if more > 0:
            accounts[_NAMED:] = [self.tongue.say("more_accounts", number=self.tongue.number(more))]
        return "; ".join(accounts)

    def _got_on(self, account: str, found: list[Comparison]) -> str:
        listed = self.tongue.listed([self._times(one) for one in found])
        return self.tongue.say("on_account", account=account, listed=listed) if account else listed

    def _times(self, one: Comparison) -> str:
        return self.tongue.say(
            "times_as_many_of",
            ratio=self.tongue.ratio(one.ratio or 0),
            measure=measure_name(one.measure, self.tongue),
        )

    def _said(self) -> Iterator[str]:
        facts, say, number = self.impact.facts, self.tongue.say, self.tongue.number
        if self.found.against:
            yield say("against", accounts=self._got(self.found.against))
        if facts.asked:
            yield say("asked_some", replies=number(facts.asked))
        if facts.posts:
            yield say("carried", noticed=number(facts.noticed), posts=number(facts.posts))
        if facts.links and facts.published == facts.links:
            yield say("no_harm", links=number(facts.links))
        elif facts.links:
            yield say("harm", links=number(facts.links), missing=number(facts.links - facts.published))

    def _facts(self, facts: Facts) -> Iterator[Fact]:
        say, number = self.tongue.say, self.tongue.number
        yield Fact(name=say("links"), value=self._of(facts.published, facts.links), more=self._harm(facts))
        yield Fact(
            name=say("noticed"),
            value=self._of(facts.noticed, facts.posts),
            more=say("share", share=self.tongue.share(facts.noticed, facts.posts)) if facts.posts else "",
        )
        yield Fact(name=say("reminders"), value=number(facts.reminders), more=say("reminders_more"))
        notices = sum(hour.notices for hour in facts.hours)
        yield Fact(name=say("notices"), value=number(notices), more=say("notices_more"))
        yield self._first(facts)
        yield self._lasted(facts)
        yield self._asked(facts)

    def _of(self, part: int, whole: int) -> str:
        if not whole:
            return NOTHING
        return self.tongue.say("of", part=self.tongue.number(part), whole=self.tongue.number(whole))

    def _harm(self, facts: Facts) -> str:
        if not facts.links:
            return self.tongue.say("links_none")
        return self.tongue.say("links_all" if facts.published == facts.links else "links_some")

    def _first(self, facts: Facts) -> Fact:
        name, say = self.tongue.say("first"), self.tongue.say
        if facts.first_notice is None:
            return Fact(name=name, value=NOTHING, more=say("no_notice"))
        value = self.tongue.when(facts.first_notice)
        began = self._began(facts, facts.first_notice)
        if began is None:
            return Fact(name=name, value=value)
        after = self.tongue.lasting(facts.first_notice - began)
        return Fact(name=name, value=value, more=say("after_beginning", time=after))

    def _began(self, facts: Facts, notice: datetime) -> datetime | None:
        """When the strike began that this notice belongs to; None where that was before what is reported on."""
        starts = (facts.strike_began, *(one.start for one in facts.strikes[1:]))
        began = max((start for start in starts if start and start <= notice), default=None)
        return began if began and began >= self.impact.span.since else None

    def _lasted(self, facts: Facts) -> Fact:
        name, say = self.tongue.say("lasted"), self.tongue.say
        if facts.first_notice is None or facts.last_notice is None:
            return Fact(name=name, value=NOTHING, more=say("no_notice"))
        when, after = self.tongue.when(facts.last_notice), ""
        if facts.strike_ended and facts.last_notice > facts.strike_ended:
            after = say("after_end", time=self.tongue.lasting(facts.last_notice - facts.strike_ended))
        if len(facts.strikes) > 1:  # between two strikes it was not there
            return Fact(name=say("last_notice"), value=when, more=after)
        last = say("last", moment=when)
        lasted = self.tongue.lasting(facts.last_notice - facts.first_notice)
        return Fact(name=name, value=lasted, more=f"{last} {after}".rstrip())

    def _asked(self, facts: Facts) -> Fact:
        name, say = self.tongue.say("asked"), self.tongue.say
        if facts.asked is not None:
            return Fact(name=name, value=self.tongue.number(facts.asked), more=say("asked_more"))
        if facts.reminders or any(hour.notices for hour in facts.hours):
            return Fact(name=name, value=NOTHING, more=say("not_told"))
        return Fact(name=name, value=NOTHING, more=say("none_to_ask"))

    def _heads(self) -> Iterator[str]:
        yield words.of("impact head", "account", self.impact.language)
        yield words.of("impact head", "measure", self.impact.language)
        yield words.of("impact head", "strike", self.impact.language)
        yield self.tongue.ordinary()[:1].upper() + self.tongue.ordinary()[1:]
        yield words.of("impact head", "ratio", self.impact.language)
        yield words.of("impact head", "finding", self.impact.language)

    def _row(self, one: Comparison) -> tuple[tuple[str, ...], ...]:
        return (
            (account_name(one, self.tongue),),
            (measure_name(one.measure, self.tongue), *self._own_age(one)),
            self.tongue.typical(one.strike),
            self.tongue.typical(one.ordinary),
            self._ratio(one),
            (finding(one, self.tongue),),
        )

    def _measured(self) -> str:
        """At which age, said once where it is one."""
        ages = {one.age for one in offered(self.impact)}
        return self.tongue.say("measured", age=self.tongue.age(ages.pop())) if len(ages) == 1 else ""

    def _own_age(self, one: Comparison) -> tuple[str, ...]:
        return () if self._measured() else (self.tongue.age(one.age),)

    def _ratio(self, one: Comparison) -> tuple[str, ...]:
        if one.ratio is None:
            return (NOTHING,)
        ratio = self.tongue.ratio(one.ratio)
        if one.low is None or one.high is None:
            return (ratio,)
        return (
            self.tongue.say(
                "interval", ratio=ratio, low=self.tongue.ratio(one.low), high=self.tongue.ratio(one.high)
            ),
        )

    def _blank(self) -> str:
        """Which measures no network offered at all."""
        told = {one.measure for one in offered(self.impact)}
        names = [measure_name(one, self.tongue) for one in Measure if one not in told]
        return self.tongue.say("blank", measures=self.tongue.listed(names)) if names else ""

    def _many(self, name: str, count: int, **values: object) -> tuple[str, ...]:
        return tuple(self.tongue.say(f"{name}_{number}", **values) for number in range(1, count + 1))
