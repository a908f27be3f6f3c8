"""`piquet apply`: shows what differs between files and the Prefect server, then makes the server as the files say."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deployments.server import need_server
from piquet.config import OutletFile, read_outlet_file
from piquet.errors import UserError

if TYPE_CHECKING:
    from deployments.apply_plan import Step

_DRIFTED = 3
_HERE = Path("prefect.yaml")


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--notify", default="", help="The notification block that tells, such as slack-webhook/ops.")
@click.option(
    "--notify-strikers",
    default="",
    help="The strikers' own notification block, told who changes their strike.",
)
@click.option("--check", is_flag=True, help="Change nothing; exit code 3 where something would be changed.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask; nothing is asked where nobody is at a terminal.")
@click.option(
    "--prune", is_flag=True, help="Also remove automations and deployments of ours that left the files."
)
@click.option(
    "--prefect-file",
    type=click.Path(path_type=Path),
    help="Whose deployments these outlets get; else the prefect.yaml here.",
)
def apply(
    files: tuple[Path, ...],
    notify: str,
    notify_strikers: str,
    check: bool,
    yes: bool,
    prune: bool,
    prefect_file: Path | None,
) -> None:
    """Make blocks, automations and deployments of outlet FILES on the Prefect server; what is right stays untouched.

    What somebody paused stays paused, and the Strike block is the community managers' own once it is there.
    """
    read = [read_outlet_file(path) for path in files]
    if prefect_file and not prefect_file.exists():
        raise UserError(f"{prefect_file}: there is no such file: give the path of a prefect.yaml.")
    need_server()
    asks = not (yes or check) and sys.stdin.isatty()
    notifiers = {"notify": notify, "strikers": notify_strikers}
    sys.exit(asyncio.run(_apply(read, notifiers, prefect_file or _HERE, check=check, prune=prune, asks=asks)))


async def _apply(
    files: Sequence[OutletFile],
    notifiers: Mapping[str, str],
    prefect_file: Path,
    *,
    check: bool,
    prune: bool,
    asks: bool,
) -> int:
    # Prefect takes seconds to import; --help does not pay them.
    from deployments.apply_plan import ACTS, carry_out, drifted, shown

    async with AsyncExitStack() as stack:
        steps = await _plan(stack, files, notifiers, prefect_file, prune=prune)
        for line in shown(steps):
            click.echo(line)
        if check:
            return _DRIFTED if drifted(steps) else 0
        if asks and any(step.what in ACTS for step in steps) and not click.confirm("Do it?"):
            click.echo("Nothing was changed.")
            return 1
        for change in await carry_out(steps):
            click.echo(str(change))
    return 0


async def _plan(
    stack: AsyncExitStack,
    files: Sequence[OutletFile],
    notifiers: Mapping[str, str],
    prefect_file: Path,
    *,
    prune: bool,
) -> "list[Step]":
    """Blocks first: what is deployed reads them."""
    from prefect.client.orchestration import get_client

    from deployments.apply import plan_outlet
    from deployments.apply_compare import deployed_by_us, read_prefect_file
    from deployments.apply_deployments import left_out, plan_deployments
    from deployments.apply_derive import whose
    from deployments.automations import all_automations, plan_automations

    client = await stack.enter_async_context(get_client())
    steps = [step for file in files for step in await plan_outlet(file, files)]
    found = await all_automations(client)
    steps += await plan_automations(client, found, **notifiers, prune=prune)
    declared = read_prefect_file(prefect_file, list(map(whose, files))) if prefect_file.exists() else []
    if not declared:
        return [*steps, *(left_out(file.name, prefect_file) for file in files)]
    deployed = await deployed_by_us(client, found)
    return [*steps, *await plan_deployments(client, prefect_file, declared, deployed, prune=prune)]
