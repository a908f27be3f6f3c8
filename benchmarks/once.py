"""One cycle, one plain loop or one empty flow run in a process of its own, which prints what its parts cost."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any


def main(kind: str, *words: str) -> int:
    """Load what `kind` needs, run it, and print seconds of each, and the requests to the Prefect server."""
    start = _now()
    act = _ACTS[kind](*words)
    loaded = _now()
    count = _counted()
    code = act()
    ran = _now()
    print(json.dumps({
        "import_wall": loaded[0] - start[0],
        "import_cpu": loaded[1],  # of the whole process, the interpreter's own start included
        "run_wall": ran[0] - loaded[0],
        "run_cpu": ran[1] - loaded[1],
        "requests": sum(count.values()),
        "by_path": count,
    }))  # fmt: skip
    return code


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _cycle(outlet: str) -> Callable[[], int]:
    from deployments.cycle import run_cycle

    return lambda: run_cycle(outlet)


def _empty() -> Callable[[], int]:
    from prefect import flow

    @flow(name="empty", persist_result=False)
    async def empty() -> None:
        """Nothing at all: what Prefect costs by itself."""

    return lambda: asyncio.run(empty()) or 0


def _plain(settings: str) -> Callable[[], int]:
    from benchmarks.plain import run_plain

    return lambda: run_plain(settings)


_ACTS: dict[str, Callable[..., Callable[[], int]]] = {"cycle": _cycle, "empty": _empty, "plain": _plain}


def _counted() -> dict[str, int]:
    """From now on counts the HTTP requests of this process to the Prefect server, by method and path."""
    import httpx

    counts: dict[str, int] = {}
    api = os.environ["PREFECT_API_URL"]
    send = httpx.AsyncHTTPTransport.handle_async_request

    async def counting(self: Any, request: httpx.Request) -> httpx.Response:
        if str(request.url).startswith(api):
            call = f"{request.method} {_without_ids(str(request.url)[len(api) :])}"
            counts[call] = counts.get(call, 0) + 1
        return await send(self, request)

    httpx.AsyncHTTPTransport.handle_async_request = counting  # type: ignore[method-assign]
    return counts


def _without_ids(path: str) -> str:
    parts = path.partition("?")[0].split("/")
    return "/".join("ID" if len(part) == 36 else part for part in parts)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
