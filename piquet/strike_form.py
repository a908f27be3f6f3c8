"""A strike as plain values and back: what the block and the ledger hold, each value checked; decides nothing."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from piquet.errors import UserError
from piquet.hashtags import read_hashtags
from piquet.strike import Mode, Strike, Window
from piquet.template import check_notice
from piquet.text import plain, plain_lines

_HOUR = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_MIDNIGHT = "24:00"
_AS_BEFORE = Strike()


def strike_to_json(strike: Strike) -> dict[str, Any]:
    """A strike as the ledger keeps it; `strike_from_json` reads it back."""
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
        hashtags=read_hashtags(_texts(values, "hashtags"), "Strike, field 'hashtags'"),
        days_before=_whole(values, "days_before", _AS_BEFORE.days_before),
        changed_by=_text(values, "changed_by"),
        why=_text(values, "why"),
        **_reminding(values),
    )
    if strike.mode is not Mode.HOLD and not (strike.notices or strike.short_notices):
        raise UserError("Strike, field 'notices': it is empty: write at least one notice.")
    return strike


def _reminding(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of what goes out besides the articles; a form from before they were there has their defaults."""
    minutes = _whole(values, "reminder_minutes", _AS_BEFORE.reminder_minutes, 24 * 60)
    if 0 < minutes < 10:
        raise UserError(
            f"Strike, field 'reminder_minutes': {minutes} is too often: write 10 or more, or 0 for none."
        )
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
        said = values.get("reminder_until", "20:00")
        raise UserError(
            f"Strike, field 'reminder_until': {said!r} is not after reminder_from: write a later hour, up to 24:00."
        )
    return start, end


def _hour(values: Mapping[str, Any], name: str, default: str) -> time | None:
    """An hour of the day, None for 24:00."""
    value = values.get(name) or default
    if value == _MIDNIGHT:
        return None
    if not (match := _HOUR.fullmatch(value) if isinstance(value, str) else None):
        raise UserError(f"Strike, field '{name}': {value!r} is not an hour of the day: write it as 08:00.")
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
        raise UserError(f"Strike, field '{name}': {value!r} is not a list: write one value a line.")
    return list(value)


def _texts(values: Mapping[str, Any], name: str) -> Iterator[str]:
    for value in _list(values, name):
        if not isinstance(value, str):
            raise UserError(f"Strike, field '{name}': {value!r} is not a text: write it as words.")
        if plain_lines(value):
            yield value.strip()


def _notices(values: Mapping[str, Any], name: str) -> Iterator[str]:
    for notice in _texts(values, name):
        check_notice(notice, f"Strike, field '{name}'")
        yield notice


def _text(values: Mapping[str, Any], name: str) -> str:
    return next(_texts({name: [values.get(name) or ""]}, name), "")


def _day(value: Any) -> date:
    try:
        return value if type(value) is date else date.fromisoformat(value)
    except (TypeError, ValueError):
        raise UserError(f"Strike, field 'days': {value!r} is not a day: write it as 2026-12-05.") from None


def _window(value: Any, zone: tzinfo) -> Window:
    try:
        start = _instant(value["start"], zone)
        end, renewed = (
            _instant(value[name], zone) if value.get(name) else None for name in ("end", "renewed_until")
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UserError(
            f"Strike, field 'windows': {value!r} is not a walkout: give its start, like 2026-12-05T11:00, and its "
            "end, or no end where it is renewed by vote."
        ) from None
    for name, moment in (("end", end), ("renewed_until", renewed)):
        if moment is not None and moment <= start:
            raise UserError(
                f"Strike, field 'windows': the {name} {moment:%Y-%m-%d %H:%M} is not after the start "
                f"{start:%Y-%m-%d %H:%M}: swap or correct them."
            )
    return Window(start=start, end=end, renewed_until=renewed)


def _instant(value: Any, zone: tzinfo) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _choice(values: Mapping[str, Any], name: str, default: str, choices: tuple[str, ...]) -> Any:
    value = values.get(name, default)
    if value not in choices:
        what = "mode" if name == "mode" else "position"
        raise UserError(
            f"Strike, field '{name}': {value!r} is not a {what}: choose {_or([str(c) for c in choices])}."
        )
    return value


def _or(choices: list[str]) -> str:
    return f"{', '.join(choices[:-1])} or {choices[-1]}"


def _url(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name) or ""
    if value and not (isinstance(value, str) and value.startswith(("https://", "http://"))):
        raise UserError(
            f"Strike, field '{name}': {value!r} is not a web address: start it with https:// or leave it empty."
        )
    return value


def _whole(values: Mapping[str, Any], name: str, default: int, most: int | None = None) -> int:
    value = values.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise UserError(f"Strike, field '{name}': {value!r} is not a count: write 0 or more.")
    if most is not None and value > most:
        raise UserError(f"Strike, field '{name}': {value} is too many: write {most} or less.")
    return value
