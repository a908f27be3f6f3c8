"""`python -m piquet.wall`: runs the wall until it is interrupted, and says where it is."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from piquet.errors import UserError
from piquet.wall.app import wall_app
from piquet.wall.server import address, bound, server
from piquet.wall.state import Wall
from piquet.wall.testing import DEFAULT_ACCOUNTS, utc_now


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 after an interruption, 2 where it could not start."""
    given = _parser().parse_args(arguments)
    try:
        wall = made(given.accounts, given.keep, given.max_characters)
        listener = bound(given.port)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(
            f"Port {given.port} cannot be used ({error.strerror}): give another with --port.", file=sys.stderr
        )
        return 2
    with listener:
        print(f"The wall is at {address(listener)}/", flush=True)
        server(wall_app(wall, clock=utc_now)).run(sockets=[listener])
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m piquet.wall", description=__doc__)
    parser.add_argument("--port", type=int, default=8010, help="0 takes any free one (default 8010)")
    parser.add_argument("--accounts", type=Path, help="JSON list of accounts (default: one on each network)")
    parser.add_argument("--keep", type=Path, help="append every change to this file, reload it at start")
    parser.add_argument("--max-characters", type=int, default=500, help="of a Mastodon status (default 500)")
    return parser


def made(accounts: Path | None, keep: Path | None, max_characters: int) -> Wall:
    """A wall with what was kept and the accounts of the file; UserError names what is wrong."""
    try:
        chosen = json.loads(accounts.read_text("utf-8")) if accounts else DEFAULT_ACCOUNTS
        wall = Wall(keep=keep, max_characters=max_characters)
    except OSError as error:
        raise UserError(f"{error.filename} cannot be read ({error.strerror}): name another file.") from None
    except ValueError:
        raise UserError(f"{accounts} is not JSON: write a list of accounts.") from None
    if not isinstance(chosen, list | tuple):
        raise UserError(f"{accounts} holds no list: write a list of accounts.")
    for account in chosen:
        wall.add_account(account)
    return wall


if __name__ == "__main__":
    sys.exit(main())
