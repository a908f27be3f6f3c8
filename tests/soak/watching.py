"""What is read of processes and files while a soak runs, and what may not grow; starts nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import median

_MB = 1e6
_KB_OF_STATUS = 1024
# A simulated hour, and every figure at that time.
Sample = tuple[float, Mapping[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Processes:
    """The leaders of the groups that are watched."""

    server: int
    worker: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """How much a figure may grow in a simulated hour, by the trend of the second half, and how it is written.

    `warming`: how much where that half begins within WARM hours, while Prefect's caches still fill.
    """

    name: str
    most: float
    unit: str
    why: str
    warming: float | None = None

    def may(self, since: float) -> float:
        """Of a trend that begins at that simulated hour."""
        return self.most if self.warming is None or since >= WARM else self.warming


# 120 runs: by then the records that Prefect's services keep for a quarter of an hour come and go.
WARM = 2.0
# Stated in docs/operations.md.
BOUNDS = (
    Bound(name="server memory", most=6.0, warming=20.0, unit="MB", why="a leak of 0.1 MB a run would show"),
    Bound(name="worker memory", most=6.0, warming=12.0, unit="MB", why="a leak of 0.1 MB a run would show"),
    Bound(name="server handles", most=0.5, warming=3.0, unit="files", why="every connection is closed"),
    Bound(name="worker handles", most=0.5, unit="files", why="every pipe of a run is closed"),
    Bound(
        name="server threads",
        most=0.5,
        warming=3.0,
        unit="threads",
        why="its pools are full after a few runs",
    ),
    Bound(name="worker threads", most=0.5, unit="threads", why="a run's threads end with it"),
    Bound(
        name="prefect.db",
        most=30.0,
        unit="MB",
        why="60 runs with their tasks, logs and events, until they are pruned",
    ),
    Bound(name="ledger", most=1.0, unit="MB", why="articles, deliveries, audit, and 60 cycles"),
)


def read(processes: Processes, prefect_home: Path, ledger: Path) -> dict[str, float]:
    """Every figure of BOUNDS, now."""
    return {
        **{f"server {name}": value for name, value in _of(processes.server).items()},
        **{f"worker {name}": value for name, value in _of(processes.worker).items()},
        "prefect.db": _size(prefect_home, "prefect.db"),
        "ledger": _size(ledger.parent, ledger.name),
    }


def grown(samples: Sequence[Sample], bounds: Iterable[Bound] = BOUNDS) -> dict[str, float]:
    """What each figure grows by in a simulated hour: the trend of the second half of the samples."""
    late = samples[len(samples) // 2 :]
    return {bound.name: slope([(at, values[bound.name]) for at, values in late]) for bound in bounds}


def too_much(samples: Sequence[Sample], bounds: Iterable[Bound] = BOUNDS) -> Iterator[str]:
    """A sentence for each figure that grows by more than it may."""
    bounds, since = tuple(bounds), samples[len(samples) // 2][0]
    growth = grown(samples, bounds)
    for bound in bounds:
        if growth[bound.name] > bound.may(since):
            yield (
                f"{bound.name} grows by {growth[bound.name]:.2f} {bound.unit} an hour, "
                f"more than {bound.may(since):g} ({bound.why})"
            )


def slope(points: Sequence[tuple[float, float]]) -> float:
    """The median of the slopes between any two points (Theil-Sen): one look at a bad moment does not tilt it; 0 for one."""
    slopes = [(y - b) / (x - a) for (a, b), (x, y) in combinations(points, 2)]
    return median(slopes) if slopes else 0.0


def _of(leader: int) -> dict[str, float]:
    """Of a process and whatever of its children is there: a worker between two runs has none."""
    group = list(_group(leader))
    return {
        "memory": sum(_status(pid, "VmRSS") for pid in group) * _KB_OF_STATUS / _MB,
        "handles": float(sum(_entries(pid, "fd") for pid in group)),
        "threads": float(sum(_status(pid, "Threads") for pid in group)),
    }


def _group(leader: int) -> Iterator[int]:
    """proc(5), field 5 of stat: the process group."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(fields[2]) == leader:
            yield int(path.parent.name)


def _status(pid: int, name: str) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    return next((float(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0.0)


def _entries(pid: int, folder: str) -> int:
    try:
        return sum(1 for _ in Path(f"/proc/{pid}/{folder}").iterdir())
    except OSError:
        return 0


def _size(folder: Path, name: str) -> float:
    """Of a database with its write-ahead log."""
    return sum(path.stat().st_size for path in folder.glob(f"{name}*")) / _MB
