"""The command line `piquet`; heavy imports happen in the command that needs them, so that --help is quick."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from deployments.acts import COMMANDS
from deployments.apply_run import apply
from deployments.audit import audit
from deployments.backup import backup, restore
from deployments.dashboard import dashboard
from deployments.doctor import doctor
from deployments.impact import impact
from deployments.prune import prune
from deployments.rehearse import rehearse
from deployments.server import need_server, of_the_server
from deployments.strike import strike
from piquet.errors import PiquetError, UserError

_DEBUG = "PIQUET_DEBUG"


class _Sentences(click.Group):
    """Turns every error into one sentence: exit code 2 for the user's mistakes, 1 for failures."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        # Click ends quietly, with code 1, where nobody reads on (`piquet ... | head`).
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if os.environ.get(_DEBUG):
                raise
            _stop(error)


def _stop(error: Exception) -> NoReturn:
    if isinstance(error, PiquetError):
        click.echo(f"piquet: {error}", err=True)
        sys.exit(2 if isinstance(error, UserError) else 1)
    sentence = (
        of_the_server(error)
        or f"Something unforeseen happened ({type(error).__name__}): add --debug to see it."
    )
    click.echo(f"piquet: {sentence}", err=True)
    sys.exit(1)


@click.group(cls=_Sentences, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show where an error comes from.")
@click.version_option(package_name="piquet")
def main(debug: bool) -> None:
    """Posts a newsroom's articles to its social accounts, exactly once, strike or no strike."""
    if debug:
        os.environ[_DEBUG] = "1"


@main.command()
@click.option("--once", is_flag=True, help="Stop when both cycles have run, instead of waiting for Ctrl-C.")
@click.option("--feed", help="A feed of your own: a file or a web address.")
@click.option(
    "--state", type=click.Path(path_type=Path), default=Path(".piquet/demo"), help="Where it keeps its state."
)
def demo(once: bool, feed: str | None, state: Path) -> None:
    """Run the main job here: a Prefect server, four networks on a wall, a feed, a strike."""
    from deployments.demo import run_demo

    sys.exit(run_demo(state=state.resolve(), feed=feed, once=once))


@main.command()
@click.argument("outlet")
def run(outlet: str) -> None:
    """Run one cycle of OUTLET now."""
    need_server()
    from deployments.cycle import run_cycle

    sys.exit(run_cycle(outlet))


@main.command()
@click.argument("outlet")
@click.option("--ledger", "url", help="The ledger's address; else it is read from the outlet's blocks.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def status(outlet: str, url: str | None, as_json: bool) -> None:
    """What is due, sent, failed and unsettled; the last cycle; the strike."""
    from deployments.status import show_status

    if not url:
        need_server()
    show_status(outlet, url, as_json=as_json)


@main.command()
@click.argument("outlet")
def check(outlet: str) -> None:
    """Whether each account of OUTLET may post, as whom, within what, and when its token ends."""
    need_server()
    from deployments.check import show_check

    sys.exit(_async(lambda: show_check(outlet)))


@main.command()
@click.argument("outlet")
@click.argument("account")
def resume(outlet: str, account: str) -> None:
    """End the pause of ACCOUNT, such as mastodon/lejournal: what it holds goes out in the next cycle."""
    need_server()
    from deployments.resume import resume_account

    click.echo(_async(lambda: resume_account(outlet, account)))


@main.command()
@click.argument("outlet")
@click.option(
    "-n",
    "--entries",
    type=click.IntRange(1, 10),
    default=1,
    show_default=True,
    help="How many entries.",
)
@click.option("--html", type=click.Path(path_type=Path), help="Write it here as one page.")
def preview(outlet: str, entries: int, html: Path | None) -> None:
    """The next posts of each account of OUTLET, ordinary and on strike, as readers would see them."""
    need_server()
    from deployments.preview import show_preview

    _async(lambda: show_preview(outlet, entries, html))


main.add_command(apply)
main.add_command(audit)
main.add_command(backup)
main.add_command(dashboard)
main.add_command(doctor)
main.add_command(impact)
main.add_command(prune)
main.add_command(rehearse)
main.add_command(restore)
main.add_command(strike)
for _command in COMMANDS:
    main.add_command(_command)


@main.group()
def ledger() -> None:
    """The database of what was posted."""


@ledger.command()
@click.option("--url", help="Its address; else PIQUET_LEDGER_URL.")
def upgrade(url: str | None) -> None:
    """Bring the ledger's tables up to this version; makes them where there are none."""
    from piquet.ledger import upgrade as upgrade_ledger

    url = url or os.environ.get("PIQUET_LEDGER_URL")
    if not url:
        raise UserError("No ledger is named: give --url, or set PIQUET_LEDGER_URL, like sqlite:///ledger.db.")
    upgrade_ledger(url)
    click.echo("The ledger is up to date.")


def _async(make: Callable[[], Any]) -> Any:
    import asyncio

    return asyncio.run(make())


if __name__ == "__main__":
    main()
