"""What a cycle costs, as ratios to a plain loop over the same feed and accounts and to an empty flow run."""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measure import (
    SMALL,
    Cost,
    await_quiet,
    child_with,
    group_cpu,
    judged,
    machine,
    middle,
    python,
    run,
    table,
)
from benchmarks.starting import first_posts
from benchmarks.titles import Title
from deployments.local import Local, running_locally
from tests.e2e.newsroom import last_run, prefect_api

NEW = (1, 3) if SMALL else (0, 20, 200)
ROUNDS = 1 if SMALL else 5
ACCOUNTS = 4
_IDLE_S = 1 if SMALL else 5


_PARTS = (
    ("start and imports, CPU", "import_cpu"),
    ("run, wall", "run_wall"),
    ("run, CPU", "run_cpu"),
    ("exit, CPU", "exit_cpu"),
    ("Prefect server, CPU", "server"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Something to run again and again: `prepare` comes before each run and is not measured."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(repr=False)
    prepare: Callable[[], object] = lambda: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One run, and the CPU seconds that the Prefect server spent on it until it had finished."""

    cost: Cost
    server: float


def main() -> int:
    """Print the report; 0 where every post arrived once and a cycle's tasks do not grow with its entries."""
    print(f"{machine()}\n")
    with tempfile.TemporaryDirectory() as name, running_locally(Path(name) / "state") as local:
        titles = {new: (_title(local, name, "cycle", new), _title(local, name, "plain", new)) for new in NEW}
        programs = list(_programs(local, titles))
        _first_sight(programs)
        samples = measured(programs, local)
        waits = {} if SMALL else first_posts(local, Path(name))
        tasks = {new: _tasks(local, new) for new in NEW}
        complaints = [*_failed(samples), *_lost(titles), *not_flat(tasks)]
    print(f"{report(samples)}\n\nTasks of a cycle, by its new entries: {tasks}")
    for way, seconds in waits.items():
        print(f"\nScheduled for now, to the first post on the wire, {way}: {middle(seconds):.1f} s")
    return judged(complaints)


def measured(programs: Sequence[Program], local: Local) -> dict[str, list[Sample]]:
    """Every program once a round, so that whatever else the machine does meets all of them alike."""
    server = child_with("server")
    idle = _idle(server)
    found: dict[str, list[Sample]] = {program.name: [] for program in programs}
    for _ in range(ROUNDS):
        for program in programs:
            found[program.name].append(_sample(program, server, idle, local.folder / "children.log"))
    return found


def report(samples: Mapping[str, Sequence[Sample]]) -> str:
    """The tables: what each costs, and the ratios."""
    middles = {name: _middles(runs) for name, runs in samples.items()}
    heads = ("one process", "wall", "CPU", *(heading for heading, _ in _PARTS), "requests", "memory peak")
    costs = table(heads, [_row(name, values) for name, values in middles.items()])
    return f"{costs}\n\n{_ratios(middles)}"


def _title(local: Local, folder: str, kind: str, new: int) -> Title:
    return Title(local, Path(folder) / f"{kind}{new}", f"{kind}{new}", most=new)


def _programs(local: Local, titles: Mapping[int, tuple[Title, Title]]) -> Iterator[Program]:
    once = "benchmarks.once"
    env = next(iter(titles.values()))[0].room.env
    yield Program(name="empty flow run", command=python(once, "empty"), env=env)
    for new, (cycle, plain) in titles.items():
        cycle.apply()
        yield Program(
            name=f"cycle, {new} new",
            command=python(once, "cycle", cycle.room.name),
            env=cycle.room.env,
            prepare=lambda title=cycle, new=new: title.bring(new),
        )
        yield Program(
            name=f"plain loop, {new} new",
            command=python(once, "plain", plain.settings()),
            env=plain.room.env,
            prepare=lambda title=plain, new=new: title.bring(new),
        )


def _first_sight(programs: Sequence[Program]) -> None:
    """A feed's first reading posts nothing: it is over before anything is measured."""
    for program in programs:
        run(program.command, program.env, log=Path(program.env["PREFECT_HOME"]).parent / "children.log")


def _sample(program: Program, server: int, idle: float, log: Path) -> Sample:
    program.prepare()
    await_quiet(server)
    started, before = time.monotonic(), group_cpu(server)
    cost = run(program.command, program.env, log=log)
    await_quiet(server)
    own = idle * (time.monotonic() - started)
    return Sample(cost=cost, server=max(group_cpu(server) - before - own, 0.0))


def _idle(server: int) -> float:
    """What the server uses by itself, CPU seconds a second."""
    await_quiet(server)
    before = group_cpu(server)
    time.sleep(_IDLE_S)
    return (group_cpu(server) - before) / _IDLE_S


def _middles(runs: Sequence[Sample]) -> dict[str, float]:
    told = ("import_cpu", "run_wall", "run_cpu", "requests")
    return {
        "wall": middle(sample.cost.wall for sample in runs),
        "cpu": middle(sample.cost.cpu for sample in runs),
        "peak": max(sample.cost.peak_mb for sample in runs),
        "server": middle(sample.server for sample in runs),
        "exit_cpu": middle(_exit_cpu(sample.cost) for sample in runs),
        **{name: middle(sample.cost.told[name] for sample in runs) for name in told},
    }


def _exit_cpu(cost: Cost) -> float:
    return cost.cpu - cost.told["import_cpu"] - cost.told["run_cpu"]


def _row(name: str, values: Mapping[str, float]) -> list[str]:
    shown = [f"{values[part]:.2f} s" for part in ("wall", "cpu", *(part for _, part in _PARTS))]
    return [name, *shown, f"{values['requests']:.0f}", f"{values['peak']:.0f} MB"]


def _ratios(middles: Mapping[str, Mapping[str, float]]) -> str:
    heads = ("a cycle, as a multiple of", *(f"{new} new: {what}" for new in NEW for what in ("wall", "CPU")))
    rows = [
        [
            beside,
            *(
                f"{_ratio(middles, f'cycle, {new} new', other(new), what):.1f}"
                for new in NEW
                for what in ("wall", "cpu")
            ),
        ]
        for beside, other in (
            ("the plain loop", "plain loop, {} new".format),
            ("an empty flow run", lambda _: "empty flow run"),
        )
    ]
    return table(heads, rows)


def _ratio(middles: Mapping[str, Mapping[str, float]], one: str, other: str, what: str) -> float:
    return middles[one][what] / middles[other][what]


def _failed(samples: Mapping[str, Sequence[Sample]]) -> Iterator[str]:
    for name, runs in samples.items():
        if codes := [sample.cost.code for sample in runs if sample.cost.code]:
            yield f"{name}: {len(codes)} of {len(runs)} runs ended with code {codes[0]}"


def _lost(titles: Mapping[int, tuple[Title, Title]]) -> Iterator[str]:
    for new, pair in titles.items():
        for title in pair:
            due = new * ACCOUNTS * ROUNDS
            if (there := title.posted()) != due:
                yield f"{title.room.name}: {there} posts on the wall, not {due}"


def not_flat(tasks: Mapping[int, int]) -> list[str]:
    """What is wrong where more new entries mean more tasks; `tasks` of a cycle by its number of new entries."""
    counts = {new: count for new, count in tasks.items() if new}
    if len(set(counts.values())) <= 1:
        return []
    return [f"the tasks of a cycle grow with its new entries: {counts}"]


def _tasks(local: Local, new: int) -> int:
    body = {"flow_runs": {"id": {"any_": [last_run(local, f"cycle{new}")["id"]]}}}
    return prefect_api(local, "POST", "task_runs/count", json=body).json()


if __name__ == "__main__":
    sys.exit(main())
