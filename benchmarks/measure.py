"""What the benchmarks share: a child's costs, CPU of a running server, medians, tables; knows not what is measured."""

import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
# The short form, which shows that a script runs and judges; its figures mean nothing.
SMALL = bool(os.environ.get("SMALL"))
_TICKS = os.sysconf("SC_CLK_TCK")
_QUIET_CPU_S = 0.1  # in half a second: an idle Prefect server's own services use less
_LONGEST_WAIT_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One run of a program: seconds, megabytes, exit code; `told` is the last line that it printed, as JSON."""

    wall: float
    cpu: float
    peak_mb: float
    code: int = 0
    told: Mapping[str, float] = field(default_factory=dict)


def run(command: Sequence[str], env: Mapping[str, str], *, log: Path) -> Cost:
    """Run a child to its end. Raises RuntimeError with its last words where it tells nothing."""
    started = time.perf_counter()
    with log.open("ab") as errors:
        process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors)
    told = process.stdout.read() if process.stdout else b""
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if not told:
        raise RuntimeError(f"{' '.join(command[2:4])} told nothing: {log.read_text('utf-8')[-2000:]}")
    peak = used.ru_maxrss / 1000
    return Cost(wall=wall, cpu=cpu_of(used), peak_mb=peak, code=process.returncode, told=_told(told))


def cpu_of(used: resource.struct_rusage) -> float:
    """User and system seconds."""
    return used.ru_utime + used.ru_stime


def child_with(word: str) -> int:
    """The child of this process that has this word in its command line. Raises LookupError."""
    for pid in _children():
        if word in Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").split("\0"):
            return pid
    raise LookupError(f"no child of this process has {word!r} in its command line")


def group_cpu(leader: int) -> float:
    """CPU seconds so far of the living processes in that process group, and of children they have reaped."""
    return sum(used for group, used in _processes() if group == leader)


def await_quiet(leader: int) -> None:
    """Return when the group has finished what it was asked to do: a Prefect server works on after a run's end."""
    end = time.monotonic() + _LONGEST_WAIT_S
    before = group_cpu(leader)
    while time.monotonic() < end:
        time.sleep(0.5)
        now = group_cpu(leader)
        if now - before < _QUIET_CPU_S:
            return
        before = now


def middle(costs: Iterable[float]) -> float:
    """The median: others use this machine too."""
    return median(costs)


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def machine() -> str:
    """What was measured on, in one line."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores of {model}, {memory:.0f} GB, {platform.system()}, "
        f"Python {platform.python_version()}; load average {load:.1f} at the start."
    )


def judged(complaints: Sequence[str]) -> int:
    """Say what does not hold; the exit code."""
    for sentence in complaints:
        print(f"DOES NOT HOLD: {sentence}")
    print("\nEvery line holds." if not complaints else f"\n{len(complaints)} lines do not hold.")
    return 1 if complaints else 0


def python(module: str, *words: str) -> list[str]:
    """The command that runs a module of this project."""
    return [sys.executable, "-m", module, *words]


def _told(output: bytes) -> Mapping[str, float]:
    return json.loads(output.decode().strip().splitlines()[-1])


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines()


def _children() -> list[int]:
    return [
        int(pid)
        for task in Path("/proc/self/task").iterdir()
        for pid in (task / "children").read_text().split()
    ]


def _processes() -> Iterable[tuple[int, float]]:
    """Process group and CPU seconds of each process there is (proc(5), fields 5 and 14 to 17)."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        yield int(fields[2]), sum(int(ticks) for ticks in fields[11:15]) / _TICKS
