"""The open ledger: one object with all of its parts, checked to be of this code's age."""

from typing import Self

from piquet.ledger.accounts import AccountStore
from piquet.ledger.acts import ActStore
from piquet.ledger.audit import AuditStore
from piquet.ledger.cycles import CycleStore
from piquet.ledger.days import DayStore
from piquet.ledger.engine import check_revision, connect, explained, parse_url, require_file, shown
from piquet.ledger.impact_reading import ImpactStore
from piquet.ledger.notices import NoticeStore
from piquet.ledger.outbox_store import OutboxStore
from piquet.ledger.pins import PinStore
from piquet.ledger.pruning import PruningStore
from piquet.ledger.reading import ReadingStore
from piquet.ledger.recording import RecordingStore
from piquet.ledger.restoring import RestoredStore
from piquet.ledger.snapshots import SnapshotStore
from piquet.ledger.withdrawing import WithdrawalStore


class Ledger(
    RecordingStore,
    OutboxStore,
    WithdrawalStore,
    ActStore,
    AccountStore,
    CycleStore,
    ReadingStore,
    AuditStore,
    NoticeStore,
    PinStore,
    SnapshotStore,
    RestoredStore,
    PruningStore,
    DayStore,
    ImpactStore,
):
    """One ledger, safe to share among threads. Every method is one transaction and raises LedgerError only."""

    @classmethod
    def open(cls, url: str) -> Self:
        """The ledger at `url`, as it is: raises LedgerTooOld or LedgerTooNew rather than change it."""
        parsed = parse_url(url)
        name = shown(parsed)
        require_file(parsed, name)
        engine = connect(parsed)
        try:
            with explained(name), engine.begin() as connection:
                check_revision(connection, name)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine)

    def close(self) -> None:
        """Close its connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        """Itself; closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def __repr__(self) -> str:
        """Without password."""
        return f"Ledger({self._name!r})"
