"""A strike as plain values and back: what the block and the ledger hold, each value checked; decides nothing."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from urllib.parse import urlsplit

from piquet.errors import UserError, WrongValue
from piquet.hashtags import hashtag_of
from piquet.strike import Mode, Strike, Window
from piquet.template import check_notice
from piquet.text import plain, plain_lines

_HOUR = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_MIDNIGHT = "24:00"
_AS_BEFORE = Strike()


def strike_to_json(strike: Strike) -> dict[str, Any]:
    """A strike as the ledger keeps it; `strike_from_ledger` reads it back."""
    return {
        "switch": strike.switch,
        "movement": strike.movement,
        "days": [day.isoformat() for day in strike.days],
        "windows": [_window_to_json(window) for window in strike.windows],
        "accounts": list(strike.accounts),
        "mode": str(strike.mode),
        "notices": list(strike.notices),
        "short_notices": list(strike.short_notices),
        "statement_url": strike.statement_url,
        "fund_url": strike.fund_url,
        "hashtags": list(strike.hashtags),
        "days_before": strike.days_before,
        "reminder_minutes": strike.reminder_minutes,
        "reminder_from": f"{strike.reminder_from:%H:%M}",
        "reminder_until": f"{strike.reminder_until:%H:%M}" if strike.reminder_until else _MIDNIGHT,
        "reminder_gap_minutes": strike.reminder_gap // timedelta(minutes=1),
        "reminders": list(strike.reminders),
        "pin": "yes" if strike.pin else "no",
        "tail_days": strike.tail_days,
        "tail_posts": strike.tail_posts,
        "closing": strike.closing,
        "changed_by": strike.changed_by,
        "why": strike.why,
    }


def strike_from_json(values: Mapping[str, Any], zone: tzinfo) -> Strike:
    """A strike from plain values; naive times are `zone`'s. Raises UserError naming the field."""
    strike = Strike(
        switch=_choice(values, "switch", "normal", ("normal", "strike")),
        movement=plain(_text(values, "movement")),
        days=tuple(sorted({_day(value) for value in _list(values, "days")})),
        windows=tuple(_window(value, zone) for value in _list(values, "windows")),
        accounts=tuple(_texts(values, "accounts")),
        mode=Mode(_choice(values, "mode", Mode.ACCOMPANY, tuple(Mode))),
        notices=tuple(_notices(values, "notices")),
        short_notices=tuple(_notices(values, "short_notices")),
        statement_url=_url(values, "statement_url"),
        fund_url=_url(values, "fund_url"),
        hashtags=tuple(_hashtags(values)),
        days_before=_whole(values, "days_before", _AS_BEFORE.days_before),
        changed_by=_text(values, "changed_by"),
        why=_text(values, "why"),
        **_reminding(values),
    )
    if strike.mode is not Mode.HOLD and not (strike.notices or strike.short_notices):
        raise WrongValue("notices", "empty")
    return strike


def strike_from_ledger(values: Mapping[str, Any], zone: tzinfo) -> Strike:
    """A state that was seen: what an earlier version took for an address or a hashtag and this one does not is left out.

    Else a new version would end a strike, or forget one.
    """
    try:
        return strike_from_json(values, zone)
    except UserError:
        return strike_from_json({**values, **dict.fromkeys(("statement_url", "fund_url", "hashtags"))}, zone)


def strike_of_the_past(values: Mapping[str, Any], zone: tzinfo) -> Strike:
    """A state that was seen; one that this version cannot read any more told nobody to strike."""
    try:
        return strike_from_ledger(values, zone)
    except UserError:
        return Strike()


def _reminding(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of what goes out besides the articles; a form from before they were there has their defaults."""
    minutes = _whole(values, "reminder_minutes", _AS_BEFORE.reminder_minutes, 24 * 60)
    if 0 < minutes < 10:
        raise WrongValue("reminder_minutes", "too_often", value=minutes)
    gap = _whole(values, "reminder_gap_minutes", _AS_BEFORE.reminder_gap // timedelta(minutes=1), 24 * 60)
    start, end = _hours(values)
    return {
        "reminder_minutes": minutes,
        "reminder_from": start,
        "reminder_until": end,
        # Two posts with a notice in one minute look like a machine gone wrong.
        "reminder_gap": timedelta(minutes=max(1, gap)),
        "reminders": tuple(_notices(values, "reminders")),
        "pin": _choice(values, "pin", "yes", ("yes", "no")) == "yes",
        "tail_days": _whole(values, "tail_days", _AS_BEFORE.tail_days, 14),
        "tail_posts": _whole(values, "tail_posts", _AS_BEFORE.tail_posts, 100),
        "closing": next(_notices({"closing": [_text(values, "closing")]}, "closing"), ""),
    }


def _hours(values: Mapping[str, Any]) -> tuple[time, time | None]:
    start = _hour(values, "reminder_from", "08:00")
    end = _hour(values, "reminder_until", "20:00")
    if start is None or (end is not None and end <= start):
        raise WrongValue("reminder_until", "ends_too_soon", value=values.get("reminder_until", "20:00"))
    return start, end


def _hour(values: Mapping[str, Any], name: str, default: str) -> time | None:
    """An hour of the day, None for 24:00."""
    value = values.get(name) or default
    if value == _MIDNIGHT:
        return None
    if not (match := _HOUR.fullmatch(value) if isinstance(value, str) else None):
        raise WrongValue(name, "no_hour", value=value)
    return time(int(match[1]), int(match[2]))


def _window_to_json(window: Window) -> dict[str, str | None]:
    return {
        "start": window.start.isoformat(),
        "end": window.end and window.end.isoformat(),
        "renewed_until": window.renewed_until and window.renewed_until.isoformat(),
    }


def _list(values: Mapping[str, Any], name: str) -> list[Any]:
    value = values.get(name) or []
    if not isinstance(value, (list, tuple)):
        raise WrongValue(name, "no_list", value=value)
    return list(value)


def _texts(values: Mapping[str, Any], name: str) -> Iterator[str]:
    for value in _list(values, name):
        if not isinstance(value, str):
            raise WrongValue(name, "no_text", value=value)
        if plain_lines(value):
            yield value.strip()


def _notices(values: Mapping[str, Any], name: str) -> Iterator[str]:
    for notice in _texts(values, name):
        check_notice(notice, name)
        yield notice


def _hashtags(values: Mapping[str, Any]) -> Iterator[str]:
    for value in _texts(values, "hashtags"):
        if (tag := hashtag_of(value)) is None:
            raise WrongValue("hashtags", "no_hashtag", value=value)
        if tag:
            yield tag


def _text(values: Mapping[str, Any], name: str) -> str:
    return next(_texts({name: [values.get(name) or ""]}, name), "")


def _day(value: Any) -> date:
    try:
        return value if type(value) is date else date.fromisoformat(value)
    except (TypeError, ValueError):
        raise WrongValue("days", "no_day", value=value) from None


def _window(value: Any, zone: tzinfo) -> Window:
    try:
        start = _instant(value["start"], zone)
        end, renewed = (
            _instant(value[name], zone) if value.get(name) else None for name in ("end", "renewed_until")
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise WrongValue("windows", "no_walkout", value=value) from None
    for name, moment in (("end", end), ("renewed_until", renewed)):
        if moment is not None and moment <= start:
            shown = {"moment": f"{moment:%Y-%m-%d %H:%M}", "start": f"{start:%Y-%m-%d %H:%M}"}
            raise WrongValue("windows", f"{name}_before", **shown)
    return Window(start=start, end=end, renewed_until=renewed)


def _instant(value: Any, zone: tzinfo) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _choice(values: Mapping[str, Any], name: str, default: str, choices: tuple[str, ...]) -> Any:
    value = values.get(name, default)
    if value not in choices:
        what = "no_mode" if name == "mode" else "no_position"
        raise WrongValue(name, what, value=value, choices=", ".join(choices))
    return value


def _url(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name) or ""
    if not isinstance(value, str):
        raise WrongValue(name, "no_address", value=value)
    address = value.strip()
    if any(sign.isspace() for sign in address) and _is_web(address):
        # Networks end a link at a space.
        raise WrongValue(name, "broken_address", value=address)
    if address and not _is_web(address):
        raise WrongValue(name, "no_address", value=address)
    return address


def _is_web(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "//" in address


def _whole(values: Mapping[str, Any], name: str, default: int, most: int | None = None) -> int:
    value = values.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise WrongValue(name, "no_count", value=value)
    if most is not None and value > most:
        raise WrongValue(name, "too_many", value=value, most=most)
    return value
