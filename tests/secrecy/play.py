"""Every flow and command of Piquet in one process, one after the other, with all they say; whatever fails, the next goes on.

python -m tests.secrecy.play FOLDER                            # apply its outlets
python -m tests.secrecy.play FOLDER OUTLET BROKEN PLANTED
"""

import asyncio
import sys
import traceback
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.artifacts import acreate_markdown_artifact
from prefect.logging import get_run_logger

from deployments.cli import main
from flows.audit import audit
from flows.check import check
from flows.measure import measure
from flows.preview import preview
from flows.reconcile import reconcile
from flows.syndicate import syndicate
from tasks.publish import publish


@flow(persist_result=False)
async def careless(outlet: str) -> None:
    """What a careless flow would do: the control of the search."""
    get_run_logger().warning("the token is %s", outlet)
    await acreate_markdown_artifact(key="careless", markdown=f"token: {outlet}")
    raise RuntimeError(f"no answer for {outlet}")


def run(what: Callable[..., Awaitable[Any]], *given: Any, **named: Any) -> None:
    """One flow, and what it raised."""
    try:
        asyncio.run(what(*given, **named))
    except BaseException:
        traceback.print_exc()


def command(*words: str) -> None:
    """One command, as people type it."""
    try:
        main(list(words))
    except SystemExit:
        pass
    except BaseException:
        traceback.print_exc()


def apply(folder: Path, pattern: str) -> None:
    """The outlets of these files."""
    for file in sorted(folder.glob(pattern)):
        command("apply", str(file))


def play(folder: Path, outlet: str, broken: Sequence[str], planted: str) -> None:
    """All of it."""
    # The next try says the same half a minute later: here it follows at once.
    publish.retries, publish.retry_delay_seconds = 1, [0.1]
    run(syndicate, outlet)
    for each in (check, measure, reconcile):
        run(each, outlet)
    run(preview, outlet, entries=1)
    run(audit, outlet)
    command("status", outlet)
    command("check", outlet)
    command("audit", "show", outlet, "--html", str(folder / "audit.html"), "--csv", str(folder / "audit.csv"))
    for name in broken:
        run(syndicate, name)
        command("--debug", "check", name)
        command("strike", "status", name)
    apply(folder, "wrong-*.toml")
    run(careless, planted)


if __name__ == "__main__":
    if sys.argv[2:]:
        play(Path(sys.argv[1]), sys.argv[2], sys.argv[3].split(","), sys.argv[4])
    else:
        apply(Path(sys.argv[1]), "outlet-*.toml")
