"""An impact report as one page that can be sent around, as files and for an artifact; decides nothing about what it says."""

import struct
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from piquet.impact import charts
from piquet.impact.to_csv import impact_csv, posts_csv
from piquet.impact.values import Impact
from piquet.impact.view import View, compared_alt, timeline_alt, view
from piquet.impact.words import Tongue
from piquet.ledger.values import Snapshot
from piquet.pages import _templates
from piquet.summary import escaped

# The finding first: account, measure, finding, ratio, then the medians.
_IN_SIGHT = (0, 1, 5, 4, 2, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A PNG, and what it shows for who does not see it."""

    name: str
    png: bytes
    alt: str

    @property
    def address(self) -> str:
        """Itself, so that nothing is loaded."""
        return f"data:image/png;base64,{b64encode(self.png).decode()}"

    @property
    def width(self) -> int:
        return struct.unpack(">I", self.png[16:20])[0]

    @property
    def height(self) -> int:
        return struct.unpack(">I", self.png[20:24])[0]


def pictures(impact: Impact) -> tuple[Picture, ...]:
    """The strike hour by hour, and beside ordinary days."""
    return (
        Picture(name="timeline", png=charts.timeline(impact), alt=timeline_alt(impact)),
        Picture(name="compared", png=charts.compared(impact), alt=compared_alt(impact)),
    )


def impact_page(impact: Impact) -> str:
    """HTML with its style and pictures inside: no script, nothing loaded, the same bytes whenever it is made."""
    return page_with(impact, pictures(impact))


def page_with(impact: Impact, drawn: tuple[Picture, ...]) -> str:
    """The page with pictures that are drawn already."""
    shown, say = view(impact), Tongue.of(impact).say
    texts = [(say("heading_reading"), shown.reading), (say("heading_limits"), shown.limits)]
    texts.append((say("heading_method"), shown.method))
    accounts = [(account, list(rows)) for (account,), rows in groupby(shown.rows, lambda row: row[0])]
    values = {"pictures": drawn, "texts": texts, "compared": _compared(impact), "accounts": accounts}
    return _templates().get_template("impact.html").render(view=shown, say=say, **values)


def impact_files(
    impact: Impact, folder: Path, snapshots: Iterable[Snapshot] | None = None
) -> tuple[Path, ...]:
    """Write page, pictures and CSV into `folder`, which is made; with `snapshots`, the CSV of the posts behind them too."""
    drawn = pictures(impact)
    stem, language = f"impact-{impact.outlet}-{Tongue.of(impact).stem()}", impact.language
    files = {f"{stem}.{language}.html": page_with(impact, drawn).encode()}
    files |= {f"{stem}-{one.name}.{language}.png": one.png for one in drawn}
    files[f"{stem}.csv"] = impact_csv(impact).encode()
    if snapshots is not None:
        files[f"{stem}-posts.csv"] = posts_csv(snapshots).encode()
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return tuple(folder / name for name in files)


def impact_rows(impact: Impact) -> list[Mapping[str, str]]:
    """The comparisons for a table artifact: of what stands right of four columns Prefect's page shows nothing."""
    shown = view(impact)
    return [{shown.heads[place]: row[place][0] for place in _IN_SIGHT} for row in shown.rows]


def impact_markdown(impact: Impact) -> str:
    """The answer, the facts, the pictures and the table for an artifact: 100 kB, which Prefect 3.8 shows in both its UIs."""
    shown, say = view(impact), Tongue.of(impact).say
    parts = [f"# {escaped(shown.title)}", escaped(f"{shown.outlet} · {shown.span}")]
    parts += [f"**{escaped(shown.word)}** {escaped(shown.sentence)}", *map(escaped, shown.said)]
    parts += [f"## {escaped(say('heading_facts'))}", _facts(shown)]
    parts += [f"![{escaped(one.alt)}]({one.address})" for one in pictures(impact)]
    parts += [f"## {_compared(impact)}", _table(shown) if shown.rows else escaped(say("nothing"))]
    parts += [escaped(said) for said in (shown.measured, shown.blank, *shown.limits) if said]
    return "\n\n".join(parts) + "\n"


def _compared(impact: Impact) -> str:
    tongue = Tongue.of(impact)
    return tongue.say("heading_compared", ordinary=tongue.ordinary())


def _facts(shown: View) -> str:
    lines = ["| | | |", "| --- | --- | --- |"]
    for fact in shown.facts:
        lines.append(f"| {escaped(fact.name)} | **{escaped(fact.value)}** | {escaped(fact.more)} |")
    return "\n".join(lines)


def _table(shown: View) -> str:
    lines = [[escaped(head) for head in shown.heads], ["---"] * len(shown.heads)]
    lines += [["<br>".join(map(escaped, cell)) for cell in row] for row in shown.rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
