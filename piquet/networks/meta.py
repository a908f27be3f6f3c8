"""What Facebook and Threads share: how Meta's Graph says what is wrong and when to come back; knows neither network.

Errors: developers.facebook.com/docs/graph-api/guides/error-handling. Nearly every one comes as HTTP 400, so they
are told apart by `error.code`.
"""

import json
from collections.abc import Mapping
from typing import Any

from piquet.errors import Busy, NetworkError, Unsettled
from piquet.networks.http import Answer

_RATE_LIMITS = {4, 17, 32, 341, 613, 80001}
_UNCLEAR = {1, 2}
_TOKEN = {10, 190}
# An object that was deleted or never was.
_MISSING, _MISSING_SUBCODE = 100, 33


def error_of(answer: Answer) -> Mapping[str, Any]:
    """The error object; a gateway's answer may hold a string or nothing there."""
    error = answer.json.get("error")
    return error if isinstance(error, dict) else {}


def passing(answer: Answer, says: str, *, posts: bool) -> NetworkError | None:
    """The error where trying later helps or where it is unclear what became of the request; None for any other."""
    error = error_of(answer)
    if error.get("code") in _RATE_LIMITS:
        return Busy(says, retry_after=_wait(answer))
    if error.get("code") in _UNCLEAR or error.get("is_transient") or answer.status >= 500:
        return Unsettled(says) if posts else Busy(says)
    return None


def is_refused(error: Mapping[str, Any]) -> bool:
    """Whether the token or its permissions are what is wrong."""
    code = error.get("code")
    return isinstance(code, int) and (code in _TOKEN or 200 <= code <= 299)


def is_missing(error: Mapping[str, Any]) -> bool:
    """Whether Graph has no such object, or none that this token may see."""
    return error.get("code") == _MISSING and error.get("error_subcode") == _MISSING_SUBCODE


def cursor(listing: Mapping[str, Any]) -> str | None:
    """Where the next page begins, where a page names one."""
    paging = listing.get("paging")
    cursors = paging.get("cursors") if isinstance(paging, dict) else None
    return cursors.get("after") if isinstance(cursors, dict) else None


def _wait(answer: Answer) -> float | None:
    """Seconds; Meta states minutes, for each use the app makes of the account."""
    try:
        usage = json.loads(answer.headers.get("x-business-use-case-usage", ""))
        said = [use.get("estimated_time_to_regain_access") for uses in usage.values() for use in uses]
    except (ValueError, AttributeError, TypeError, RecursionError):
        return None
    # What is no number says nothing of the others; beyond ten digits nothing is a wait (and JSON has Infinity).
    minutes = max((one for one in said if type(one) in (int, float) and 0 < one < 1e10), default=None)
    return 60.0 * minutes if minutes else None
