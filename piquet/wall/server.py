"""Running the wall on a loopback socket; knows uvicorn, not what is served."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

LOOPBACK = "127.0.0.1"


class Cuttable(H11Protocol):
    """HTTP/1.1 whose scope holds `cut`, which resets the connection: ASGI itself has no way to say that."""

    def connection_made(self, transport) -> None:
        """Wrap the application for this connection."""
        super().connection_made(transport)
        inner = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope["cut"] = transport.abort
            await inner(scope, receive, send)

        self.app = app


def bound(port: int) -> socket.socket:
    """A listening loopback socket; port 0 takes any free one. OSError where the port is taken."""
    # With the protocol named, asyncio sets TCP_NODELAY; without it every answer waits 40 ms for an ACK.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        # Whoever reads the address may call at once: the connection waits for the server instead of being refused.
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def server(app: ASGIApp) -> uvicorn.Server:
    """A quiet server for the application."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=Cuttable,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,  # the application's clock dates its answers
            timeout_graceful_shutdown=1,
        )
    )


def address(listener: socket.socket) -> str:
    """The server's own URL."""
    return f"http://{LOOPBACK}:{listener.getsockname()[1]}"


@contextmanager
def in_thread(app: ASGIApp, *, deadline: float = 10.0) -> Iterator[str]:
    """Serve in a thread and give the URL; `deadline` is in seconds."""
    with bound(0) as listener:
        running = server(app)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            _await_start(running, deadline)
            yield address(listener)
        finally:
            running.should_exit = True
            thread.join(deadline)


def _await_start(running: uvicorn.Server, deadline: float) -> None:
    limit = time.monotonic() + deadline
    while not running.started:
        if time.monotonic() > limit:
            raise TimeoutError(f"the wall did not start within {deadline:g} seconds.")
        time.sleep(0.005)
