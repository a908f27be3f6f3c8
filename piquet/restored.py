"""Which articles a restored ledger may have posted without knowing it; pure, it asks nobody."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from piquet.entry import Disposition, Sorted

_WOULD_GO_OUT = (Disposition.FRESH, Disposition.WAITING)


def without_what_may_be_posted(
    found: Iterable[Sorted], lost: datetime | None, read_at: Mapping[str, datetime]
) -> tuple[Sorted, ...]:
    """The same, but what the lost ledger may have posted is only recorded. `lost` None: no ledger was ever lost.

    That is every article published until the loss, and every one without a date in a feed not read since
    (`read_at`: when each was last read). A missing post is seen and mended; a double one was already read.
    """
    if lost is None:
        return tuple(found)
    return tuple(
        replace(item, disposition=Disposition.BASELINE, wait_until=None)
        if item.disposition in _WOULD_GO_OUT and _is_before(item, lost, read_at)
        else item
        for item in found
    )


def _is_before(item: Sorted, lost: datetime, read_at: Mapping[str, datetime]) -> bool:
    if item.entry.published:
        return item.entry.published <= lost
    read = read_at.get(item.entry.feed)
    return read is None or read <= lost
