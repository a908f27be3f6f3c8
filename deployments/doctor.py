"""`piquet doctor`: looks at everything that could be wrong with this installation, and says the remedy of each."""

import asyncio
import json
import logging
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from deployments.server import need_server
from piquet.config import OutletFile, read_outlet_file
from piquet.diagnosis import Finding, Verdict, broken, from_sentence, summed, unseen
from piquet.errors import UserError

# Seconds: Prefect's client asks a busy server several times, and an outlet has many feeds.
_PREFECT, _ALL = 45.0, 120.0
_STYLES = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.BROKEN: "bold red", Verdict.UNSEEN: "dim"}
_HOME = Path(__file__).parents[1]


@click.command()
@click.argument("outlets", nargs=-1, metavar="[OUTLET or its file]...")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.option(
    "--prefect-file",
    type=click.Path(path_type=Path),
    help="What the deployments are compared with; else the prefect.yaml here.",
)
def doctor(outlets: tuple[str, ...], as_json: bool, prefect_file: Path | None) -> None:
    """Look at everything that could be wrong with this installation; exit code 1 where something is broken.

    Without an OUTLET every outlet on the Prefect server is looked at. With an outlet's file, the file is too.
    """
    findings = asyncio.run(examine(outlets, prefect_file or _prefect_file()))
    _print_json(findings) if as_json else _print(findings)
    sys.exit(1 if any(finding.verdict is Verdict.BROKEN for finding in findings) else 0)


def _prefect_file() -> Path | None:
    """The one here, else the one beside this Piquet."""
    return next((path for folder in (Path(), _HOME) if (path := folder / "prefect.yaml").exists()), None)


async def examine(outlets: Sequence[str], prefect_file: Path | None) -> list[Finding]:
    """Every finding, in the order in which a person would mend them."""
    # What libraries say on their way would stand between the rows, each of which says what was found.
    former = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        return await _examine(outlets, prefect_file)
    finally:
        logging.disable(former)


async def _examine(outlets: Sequence[str], prefect_file: Path | None) -> list[Finding]:
    from deployments.doctor_machine import look_at_machine

    files, findings = _files(outlets)
    machine = asyncio.create_task(asyncio.to_thread(look_at_machine))
    try:
        need_server()
    except UserError as error:
        server = [from_sentence("Prefect", "server", str(error)), _hidden()]
    else:
        server = await _look_behind_the_server(outlets, files, prefect_file)
    return [*await machine, *findings, *server]


def _files(outlets: Sequence[str]) -> tuple[dict[str, OutletFile], list[Finding]]:
    """What was given as files, by outlet, and a finding for each that cannot be read."""
    files, findings = {}, []
    for word in outlets:
        if not word.endswith(".toml"):
            continue
        try:
            file = read_outlet_file(Path(word))
            files[file.name] = file
        except UserError as error:
            findings.append(from_sentence(Path(word).stem, "file", str(error)))
    return files, findings


def _hidden() -> Finding:
    return unseen("Prefect", "all that it keeps", "blocks, deployments, workers, feeds, accounts and ledgers")


async def _look_behind_the_server(
    outlets: Sequence[str], files: Mapping[str, OutletFile], prefect_file: Path | None
) -> list[Finding]:
    # Prefect takes seconds to import, and its settings are read then.
    from deployments.doctor_outlet import isolated
    from deployments.doctor_server import look_at_server

    usable, server = False, []

    async def look() -> list[Finding]:
        nonlocal usable
        usable, found = await look_at_server()
        return found

    server = await isolated("Prefect", "server", _PREFECT, look())
    if not usable:
        return [*server, _hidden()]
    # Its own parts have shorter limits; this one is for whatever nobody foresaw.
    return server + await isolated("Prefect", "API", 2 * _ALL, _look_at_all(outlets, files, prefect_file))


async def _look_at_all(
    outlets: Sequence[str], files: Mapping[str, OutletFile], prefect_file: Path | None
) -> list[Finding]:
    from prefect.client.orchestration import get_client

    from deployments import doctor_prefect
    from deployments.apply_compare import deployed_by_us
    from deployments.automations import all_automations
    from deployments.doctor_outlet import isolated, look_at_outlet

    now = datetime.now(UTC)
    async with get_client() as client:
        automations = await all_automations(client)
        server = doctor_prefect.Server(
            automations=automations, deployed=await deployed_by_us(client, automations)
        )
        names = [*files, *(word for word in outlets if not word.endswith(".toml"))]
        names = names or ([] if outlets else await _all_outlets(client))
        looks = [("Prefect", "automations", doctor_prefect.look_at_automations(client, automations))]
        for pool in doctor_prefect.pools_of(server, names):
            looks.append(("Prefect", f"work pool {pool}", doctor_prefect.look_at_pool(client, pool, now)))
        for name in names:
            deployed = doctor_prefect.look_at_deployments(server, prefect_file, name, files.get(name))
            looks += [
                (name, "deployments", deployed),
                (name, "outlet block", look_at_outlet(name, files.get(name), now)),
            ]
        found = await asyncio.gather(*(isolated(about, what, _ALL, look) for about, what, look in looks))
    if not names and not outlets:
        remedy = "Make one: piquet apply with its file (docs/deploy.md, 6)."
        found.append([broken("Prefect", "outlets", "there is no Outlet block", remedy)])
    return [finding for one in found for finding in one]


async def _all_outlets(client) -> list[str]:
    documents = await client.read_block_documents_by_type("outlet")
    return sorted(document.name for document in documents if document.name)


def _print_json(findings: Sequence[Finding]) -> None:
    rows = [
        {"about": f.about, "subject": f.subject, "verdict": f.verdict, "found": f.found, "remedy": f.remedy}
        for f in findings
    ]
    print(json.dumps({"findings": rows, "summary": summed(findings)}, ensure_ascii=False, indent=1))


def _print(findings: Sequence[Finding]) -> None:
    console = Console(highlight=False)
    if console.is_terminal:
        console.print(_table(findings))
    else:
        for finding in findings:
            print(f"{finding.verdict:<8} {finding.about}: {finding.subject}: {finding.found}")
            if finding.remedy:
                print(f"         -> {finding.remedy}")
    print(summed(findings))


def _table(findings: Sequence[Finding]) -> Table:
    table = Table(title="What could be wrong with this installation")
    for head in ("", "where", "what", "found", "remedy"):
        table.add_column(head, overflow="fold", no_wrap=not head)
    for finding in findings:
        cells = (finding.about, finding.subject, finding.found, finding.remedy)
        style = _STYLES[finding.verdict]
        table.add_row(f"[{style}]{finding.verdict}[/]", *(cell.replace("[", "\\[") for cell in cells))
    return table
