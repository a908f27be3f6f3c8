"""Prints, for each broken installation, what `piquet doctor` says; exit code 0 only where it finds that and nothing else.

Words on the command line choose the installations whose names hold them.
"""

import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.doctor.cases import CASES, Case
from tests.doctor.play import Seen, play, well
from tests.doctor.stage import Installation, installed


def main(words: Sequence[str]) -> int:
    """An installation that is well, then broken in each way, one after the other."""
    chosen = [case for case in CASES if not words or any(word in case.name for word in words)]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that whatever was started ends too
    held, followed, began = [], 0, time.monotonic()
    with tempfile.TemporaryDirectory(prefix="piquet-doctor-") as name, installed(Path(name)) as here:
        complaint = well(here)
        print(
            f"{'WRONG' if complaint else 'ok   '} all is well: {complaint or 'the doctor says so'}",
            flush=True,
        )
        held.append(not complaint)
        for case, seen in _played(here, chosen):
            held.append(not seen.wrong)
            followed += seen.followed
            print(f"{'WRONG' if seen.wrong else 'ok   '} {case.name}", flush=True)
            for line in seen.lines:
                print(f"      {line}", flush=True)
            if seen.wrong:
                print(f"      wrong: {seen.wrong}", flush=True)
    print(
        f"\n{len(chosen)} broken installations, {followed} remedies followed, {time.monotonic() - began:.0f} s."
    )
    print("Every line holds." if all(held) else "Not every line holds.")
    return 0 if all(held) else 1


def _played(here: Installation, chosen: Sequence[Case]) -> Iterator[tuple[Case, Seen]]:
    """Two at a time where one's trouble is its own, then the others one by one."""
    with ThreadPoolExecutor(2) as pool:
        own = [case for case in chosen if not case.alone]
        yield from zip(own, pool.map(lambda case: play(here, case), own), strict=True)
    for case in chosen:
        if case.alone:
            yield case, play(here, case)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
