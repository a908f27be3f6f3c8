"""Child processes that end with their parent, and free ports on loopback."""

import fcntl
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from piquet.errors import PiquetError

_GRACE = 8.0
_TRIES = 20


@contextmanager
def reserved_port(wanted: int) -> Iterator[int]:
    """`wanted` where nobody listens on it, else any free port of loopback; kept from others of us until the end.

    Between choosing a port and a server's listening on it a second demo may choose the same: a lock prevents that.
    """
    for _ in range(_TRIES):
        port = _free(wanted) or _free(0)
        wanted = 0
        with _lock(port).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            yield port
            return
    raise PiquetError(
        "This machine has no free port on 127.0.0.1: close something that listens, then try again."
    )


def _free(port: int) -> int | None:
    with socket.socket() as probe:
        # As servers do: a port in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return None
        return probe.getsockname()[1]


def _lock(port: int) -> Path:
    return Path(tempfile.gettempdir()) / f"piquet-port-{port}.lock"


@contextmanager
def child(
    command: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen]:
    """Run `command` in a process group of its own, its output in `log`; the whole group ends with the block."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, env=env
        )
    try:
        yield process
    finally:
        _end(process)


def wait_for(url: str, process: subprocess.Popen, *, log: Path, seconds: float = 90) -> None:
    """Return when `url` answers; raises PiquetError where the process ends or takes too long."""
    _wait(
        lambda: _answers(url),
        process,
        seconds,
        f"{url} did not answer within {seconds:.0f} s: read {log}.",
        log,
    )


def _wait(
    done: Callable[[], bool], process: subprocess.Popen, seconds: float, sentence: str, log: Path
) -> None:
    end = time.monotonic() + seconds
    while not done():
        if process.poll() is not None:
            raise PiquetError(
                f"{Path(process.args[0]).name} ended at once (code {process.returncode}): read {log}."
            )
        if time.monotonic() > end:
            raise PiquetError(sentence)
        time.sleep(0.2)


def _answers(url: str) -> bool:
    try:
        # trust_env off: a proxy meant for the internet must not be asked for a loopback address.
        return httpx.get(url, timeout=2, trust_env=False).is_success
    except httpx.HTTPError:
        return False


def _end(process: subprocess.Popen) -> None:
    """End the whole group: politely, then not."""
    for sign, grace in ((signal.SIGTERM, _GRACE), (signal.SIGKILL, _GRACE)):
        try:
            os.killpg(process.pid, sign)
        except ProcessLookupError:
            break
        if _group_gone(process, grace):
            break


def _group_gone(process: subprocess.Popen, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        process.poll()
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False
