"""What a person may do to deliveries: retry, drop, release, retract; pure, it carries nothing out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["retry", "drop", "release", "retract", "resume"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a person does, who that is, and why; the audit trail keeps it."""

    kind: Kind
    who: str
    why: str
    at: datetime
