"""What must hold of a strike day on the wall: its measurements, its facts and what its report says."""

from collections.abc import Iterator
from datetime import timedelta

from piquet.impact.values import Verdict
from piquet.ledger.values import Snapshot
from piquet.measure import AGES
from tests.impact.calibration import Row, Table
from tests.impact.readership import TOLD
from tests.impact.trials import NEWSROOM
from tests.impact.wall_day import ARTICLES, FIGURES, SPAN, Played

_POSTS = ARTICLES * len(NEWSROOM)


def checked(effect: float, played: Played) -> Table:
    """Every line of one day whose posts got `effect` times what they would have got."""
    lines = (*_measured(played), *_facts(played), *_said(effect, played))
    return Table(
        title=f"A strike day on the wall, {_POSTS} posts, readers do x {effect:g}",
        heads=("what", "found", "expected"),
        rows=tuple(
            Row(cells=(what, str(found), str(expected)), holds=found == expected)
            for what, found, expected in lines
        ),
    )


def _measured(played: Played) -> Iterator[tuple[str, object, object]]:
    """What came back through the clients, beside what the readers did."""
    got = {(one.delivery_id, one.age): one for one in played.snapshots}
    read = {key: one for key, one in got.items() if key in played.truth}
    reached = [age for age in AGES if age <= played.age]
    strike = [one for one in read.values() if one.sent_at >= SPAN.since and one.age in reached]
    ages = " and ".join(map(_hours, reached))
    yield f"measurements of strike posts at {ages}", len(strike), _POSTS * len(reached)
    exact = sum(_same(one, played.truth[key], key[0] in played.answered) for key, one in read.items())
    yield "measurements that are what readers did, figure by figure", exact, len(played.truth)
    networks = {reader.account: reader.network for reader in NEWSROOM}
    blank = sum(_blanks(one) == set(FIGURES) - set(TOLD[networks[one.account]]) for one in read.values())
    yield "measurements blank where the network tells nothing, and nowhere else", blank, len(read)


def _same(got: Snapshot, truth: Snapshot, answered: bool) -> bool:
    """Every figure, but for one reply that may be Piquet's own where it put a notice under the post."""
    others = all(getattr(got, name) == getattr(truth, name) for name in FIGURES if name != "replies")
    return others and 0 <= (got.replies or 0) - (truth.replies or 0) <= answered


def _blanks(one: Snapshot) -> set[str]:
    return {name for name in FIGURES if getattr(one, name) is None}


def _facts(played: Played) -> Iterator[tuple[str, object, object]]:
    facts = played.impact.facts
    yield "links published of those in the feed", _of(facts.published, facts.links), _of(ARTICLES, ARTICLES)
    yield "posts with the notice of those that stand", _of(facts.noticed, facts.posts), _of(_POSTS, _POSTS)
    kinds = {one.delivery_id: one.kind for one in played.snapshots if one.sent_at >= SPAN.since}
    asked = sum(played.asked[id_] for id_, kind in kinds.items() if kind in ("notice", "reminder"))
    yield "replies of readers to notices and reminders", facts.asked, asked


def _of(part: int, whole: int) -> str:
    return f"{part} of {whole}"


def _said(effect: float, played: Played) -> Iterator[tuple[str, object, object]]:
    lines = played.impact.comparisons
    together = [line for line in lines if not line.account]
    right = Verdict.MORE if effect > 1 else Verdict.NO_DIFFERENCE
    said = ", ".join(line.verdict for line in together)
    yield "all together: what is said of views, reactions and replies", said, ", ".join(3 * [right])
    held = sum(line.low <= effect <= line.high for line in together if line.p is not None)
    yield "all together: intervals that hold the effect", held, 3
    wrong = Verdict.MORE if effect <= 1 else Verdict.LESS
    yield f"comparisons that say {wrong}", sum(line.verdict is wrong for line in lines), 0
    ages = ", ".join(sorted({_hours(line.age) for line in together}))
    yield "both sides measured at", ages, _hours(played.age)


def _hours(age: timedelta) -> str:
    return f"{age / timedelta(hours=1):g} h"
