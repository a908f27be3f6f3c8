"""An audit as one page that needs nothing else, and as Markdown for an artifact; decides nothing about what it shows."""

import re
from functools import cache

from piquet import words
from piquet.audit.view import Cell, Section, View
from piquet.summary import escaped

# Prefect's page stays quick with so much in an artifact; a strike day of 40 entries on 4 accounts is a tenth of it.
_LARGEST_CSV = 1_000_000
_MOST_ROWS = 500


def page(view: View) -> str:
    """HTML with its style inside: no script, nothing loaded, the same bytes whenever it is made."""
    return _templates().get_template("audit.html").render(view=view)


def markdown(view: View, csv: str) -> str:
    """The same for an artifact, with the CSV at its end."""
    verdict = [f"**{escaped(line)}**" for line in view.verdict]
    parts = [f"# {escaped(view.title)}", escaped(view.span), escaped(view.counted), *verdict]
    for section in view.sections:
        parts += [f"## {escaped(section.heading)}", _table(section, view)]
    return "\n\n".join([*parts, escaped(view.ends), *_attached(csv, view.language)]) + "\n"


@cache
def _templates():
    from jinja2 import Environment, PackageLoader, StrictUndefined  # 40 ms, for those who need a page

    loader = PackageLoader("piquet", "pages")
    return Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )


def _table(section: Section, view: View) -> str:
    if not section.rows:
        return escaped(view.nothing)
    lines = [[escaped(head) for head in section.heads], ["---"] * len(section.heads)]
    lines += [[_shown(cell) for cell in row] for row in section.rows[:_MOST_ROWS]]
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    left = len(section.rows) - _MOST_ROWS
    if left <= 0:
        return table
    more = words.of("audit", "more", view.language, number=words.number(left, view.language))
    return f"{table}\n\n{more}"


def _shown(cell: Cell) -> str:
    text = "<br>".join(escaped(line) for line in cell.lines)
    # Markdown ends an address at a closing parenthesis or a space, a table's cell at a bar.
    address = re.sub(r"[()\s|<>]", lambda found: f"%{ord(found[0]):02X}", cell.url)
    return f"[{text}]({address})" if address else text


def _attached(csv: str, language: str) -> list[str]:
    heading = "## " + words.of("audit", "csv", language)
    if len(csv) > _LARGEST_CSV:
        return [heading, words.of("audit", "too_large", language)]
    fence = "`" * (max((len(run) for run in re.findall("`+", csv)), default=0) + 3)
    return [heading, f"{fence}csv\n{csv}{fence}"]
