"""The crash tests' hook: where PIQUET_TEST_KILL says so, the process dies as in a power cut; knows no step's meaning.

PIQUET_TEST_KILL="step[:account][#nth]", such as `after-send:x/lejournal` or `before-claim#2`: the nth time that the step
is reached (the first, where none is named), SIGKILL. A step of the ledger is `before-` or `after-` the commit of the
method that writes, by its name (`after-keep-payload`), and has no account. Without the variable nothing happens.
"""

import os
import signal
import sys
from collections import Counter
from types import FrameType

_SWITCH = "PIQUET_TEST_KILL"
_times: Counter[str] = Counter()


def armed() -> bool:
    """Whether this process is to die somewhere."""
    return bool(os.environ.get(_SWITCH))


def reached(step: str, account: str = "") -> None:
    """Die here, where this is the step."""
    if wanted := os.environ.get(_SWITCH):
        name, _, nth = wanted.partition("#")
        if name in (step, f"{step}:{account}"):
            _times[name] += 1
            if _times[name] == int(nth or 1):
                os.kill(os.getpid(), signal.SIGKILL)


def committing(side: str) -> None:
    """The step `before` or `after` the commit of whatever method of the ledger is writing."""
    if armed():
        reached(f"{side}-{_writer(sys._getframe(1)).replace('_', '-')}")


async def on_the_wire(event: str, _info: object) -> None:
    """httpx's trace of one request that posts: on the wire in part, and whole with no answer read."""
    # https://www.encode.io/httpcore/extensions/#trace
    if event.endswith(".send_request_headers.complete"):
        reached("mid-send")
    elif event.endswith(".send_request_body.complete"):
        reached("before-answer")


def _writer(frame: FrameType | None) -> str:
    """The nearest public function below: helpers and the context manager's own frames are private."""
    while frame and frame.f_code.co_name.startswith("_"):
        frame = frame.f_back
    return frame.f_code.co_name if frame else ""
