"""A process that has imported the flows and forks a child for each cycle, which costs no second import; kills on time."""

import asyncio
import gc
import importlib
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import certifi
from oauthlib.oauth1 import rfc5849

PATIENCE_S = 150.0
ROOT = Path(__file__).parents[2]
_LOOK_S = 0.004
# Who had to be ended because it hung did not die at its step.
_HUNG = 124
# What a cycle imports, and what Prefect, SQLAlchemy and the rules import only once they run.
_MODULES = (
    "deployments.cycle", "deployments.apply", "prefect.engine", "prefect.flow_engine", "prefect.task_engine",
    "prefect.telemetry.run_telemetry", "graphviz", "fastapi", "feedparser", "xml.sax", "encodings.idna",
    "anyio._backends._asyncio", "psycopg", "sqlalchemy.dialects.postgresql.psycopg", "twitter_text",
)  # fmt: skip
# Everything is on loopback, in plain HTTP: reading a bundle of certificates for each connection, 80 ms, is for nothing.
_QUICK = {"PREFECT_API_TLS_INSECURE_SKIP_VERIFY": "true", "PREFECT_LOGGING_TO_API_ENABLED": "false"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a child ended: its exit code (the signal's number, negative, where one killed it) and after how long."""

    code: int
    seconds: float

    @property
    def killed(self) -> bool:
        """Whether it was ended by SIGKILL."""
        return self.code == -signal.SIGKILL


class ForkServer:
    """The driver's side; usable from several threads, each of which waits for its own child."""

    def __init__(self, env: Mapping[str, str], log: Path) -> None:
        self.log = log
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Future[dict[str, Any]]] = {}
        self._lock = threading.Lock()
        command = [sys.executable, "-m", "tests.crash.forkserver"]
        pipe = subprocess.PIPE
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=pipe,
                stdout=pipe,
                stderr=output,
                env={**env, **_QUICK, **_certificates(log)},
                cwd=ROOT,
                start_new_session=True,
            )
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End it and whatever of its children still runs."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def cycle(
        self, outlet: str, env: Mapping[str, str], *, kill_after: float | None = None, at_once: bool = False
    ) -> Ended:
        """One cycle of `outlet`, killed after so many seconds where it still runs then.

        With `at_once` its clients are told what is true of a wall: that it shows a post as soon as it has it.
        """
        return self._run(["cycle at once" if at_once else "cycle", outlet], env, kill_after)

    def apply(self, file: Path, env: Mapping[str, str]) -> Ended:
        """The blocks of an outlet's file."""
        return self._run(["apply", str(file)], env, None)

    def _run(self, words: Sequence[str], env: Mapping[str, str], kill_after: float | None) -> Ended:
        number, future = next(self._numbers), Future()
        order = {"id": number, "words": words, "env": dict(env), "kill_after": kill_after}
        with self._lock:
            self._waiting[number] = future
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()
        told = future.result(PATIENCE_S + 30)
        return Ended(code=told["code"], seconds=told["seconds"])

    def _listen(self) -> None:
        for line in self._process.stdout:
            told = json.loads(line)
            self._waiting.pop(told["id"]).set_result(told)
        for future in self._waiting.values():
            future.set_exception(RuntimeError(f"the fork server ended: read {self.log}"))


def _certificates(log: Path) -> Mapping[str, str]:
    """Of httpx's own bundle the first certificate only."""
    first = Path(certifi.where()).read_text(encoding="utf-8").partition("-----END CERTIFICATE-----")
    file = log.with_suffix(".pem")
    file.write_text(first[0] + first[1] + "\n", encoding="utf-8")
    return {"SSL_CERT_FILE": str(file)}


def serve() -> None:
    """Fork a keeper for each order on standard input; the keeper forks the child, ends it in time, and tells."""
    _import_all()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin.buffer:
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _keep(json.loads(line))
            os._exit(0)


def _import_all() -> None:
    """Nothing here may start a thread: it would be missing in every child."""
    for name in _MODULES:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


def _keep(order: Mapping[str, Any]) -> None:
    began = time.monotonic()
    pid = os.fork()
    if pid == 0:
        _work(order["words"], order["env"])
    wanted = order["kill_after"]
    code, in_time = _await(pid, began + (PATIENCE_S if wanted is None else wanted))
    if wanted is None and not in_time:
        code = _HUNG
    told = {"id": order["id"], "code": code, "seconds": round(time.monotonic() - began, 3)}
    os.write(1, json.dumps(told).encode() + b"\n")


def _await(pid: int, end: float) -> tuple[int, bool]:
    """The child's exit code, and whether it ended by itself; killed where it did not."""
    while time.monotonic() < end:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status), True
        time.sleep(_LOOK_S)
    os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), False


def _work(words: Sequence[str], env: Mapping[str, str]) -> None:
    """Become the child: what it prints goes to the log, and it ends here."""
    os.dup2(2, 1)
    os.environ.update(env)
    code = 70
    try:
        code = {"cycle": _cycle, "cycle at once": _cycle_at_once, "apply": _apply}[words[0]](words[1])
    except BaseException:
        traceback.print_exc()
    sys.stderr.flush()
    os._exit(code)


def _cycle(outlet: str) -> int:
    # Imported here because the driver imports this module too, and never runs a cycle itself.
    from deployments.cycle import run_cycle
    from tasks import clock

    # What is signed for X bears the machine's time, which is put forward like the rest.
    rfc5849.generate_timestamp = lambda: str(int(clock.now().timestamp()))
    return run_cycle(outlet)


def _cycle_at_once(outlet: str) -> int:
    from tests.real.targets import CLIENTS

    for client, *_ in CLIENTS.values():
        client.traits = replace(client.traits, settles_after=timedelta(0))
    return _cycle(outlet)


def _apply(file: str) -> int:
    from deployments.apply import apply_outlet
    from piquet.config import read_outlet_file

    asyncio.run(apply_outlet(read_outlet_file(Path(file))))
    return 0


if __name__ == "__main__":
    serve()
