"""Whether a Prefect server is named at all, asked before anything heavy is imported."""

import os

from piquet.errors import UserError


def need_server() -> None:
    """Raise UserError where none is: Prefect would start a server of its own, with its state in the user's home."""
    if not os.environ.get("PREFECT_API_URL") and not _profile_names_one():
        raise UserError("No Prefect server is set: set PREFECT_API_URL, like http://127.0.0.1:4200/api.")


def _profile_names_one() -> bool:
    from prefect.settings import PREFECT_API_URL

    return bool(PREFECT_API_URL.value())
