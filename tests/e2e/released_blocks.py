"""Block forms as other versions of Piquet have them, saved from a process of its own; never changed once released."""

import json
import sys
from datetime import date, datetime
from typing import Any, Literal

from prefect.blocks.core import Block
from pydantic import BaseModel, Field


class Walkout(BaseModel):
    """As first released."""

    start: datetime
    end: datetime


class Strike(Block):
    """As first released: no reminders, no pin, no replies, nobody's name."""

    _block_type_name = "Strike"
    _block_type_slug = "strike"

    switch: Literal["normal", "strike"] = "normal"
    mode: Literal["accompany", "replace", "message_only", "hold"] = "accompany"
    notices: list[str] = Field(
        default=["Community managers en grève. Ce message est publié automatiquement."]
    )
    short_notices: list[str] = Field(default=["Community managers en grève."])
    days: list[date] = Field(default=[])
    windows: list[Walkout] = Field(default=[])
    accounts: list[str] = Field(default=[])
    statement_url: str = ""
    hashtags: list[str] = Field(default=[])
    days_before: int = 0


class Outlet(Block):
    """As first released: nothing was ever too old, and nothing was let out at a pace."""

    _block_type_name = "Outlet"
    _block_type_slug = "outlet"

    title: str
    zone: str = "Europe/Paris"
    language: Literal["fr", "en"] = "fr"
    feeds: list[str]
    accounts: list[str]
    strike: str = ""
    ledger: str = "ledger"
    first_posts: int = 0
    max_age_hours: int = 24
    flood: int = 20
    flood_policy: Literal["hold", "post"] = "hold"
    posts_per_cycle: int = 20
    lease_seconds: int = 120
    allowed_hosts: list[str] = Field(default=[])
    allow_files: bool = False


class NewerStrike(Strike):
    """As no version has it yet."""

    _block_type_name = "Strike"
    _block_type_slug = "strike"

    tone: str = "firm"


class NewerOutlet(Outlet):
    """As no version has it yet."""

    _block_type_name = "Outlet"
    _block_type_slug = "outlet"

    slow_lane: str = "on"


FORMS = {form.__name__: form for form in (Strike, Outlet, NewerStrike, NewerOutlet)}


def main(documents: list[tuple[str, str, dict[str, Any]]]) -> None:
    """Save each: its form, its name, its values where they differ from the form's own."""
    for form, name, values in documents:
        kind = FORMS[form]
        whole = kind(**values)
        # Prefect stores what was set by name.
        kind(**{field: getattr(whole, field) for field in kind.model_fields}).save(name, overwrite=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
