"""A feed over HTTP on loopback, and a relay whose clock is wrong; knows nothing of Piquet."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx


@dataclass(slots=True, kw_only=True)
class Newspaper:
    """Its feed at `url`; `status` is what it answers."""

    port: int
    status: int = 200
    titles: list[str] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}/rss"

    def publish(self, *titles: str) -> None:
        self.titles.extend(titles)

    def body(self) -> bytes:
        now = datetime.now(UTC) - timedelta(minutes=5)
        items = "".join(
            f"<item><title>{title}</title><link>https://lejournal.example.com/{number}</link>"
            f"<guid>lejournal-{number}</guid><pubDate>{format_datetime(now)}</pubDate></item>"
            for number, title in enumerate(self.titles)
        )
        return f"<rss version='2.0'><channel><title>J</title>{items}</channel></rss>".encode()


@contextmanager
def printing() -> Iterator[Newspaper]:
    """A newspaper on a free port, in a thread."""
    paper = Newspaper(port=0)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = paper.body() if paper.status == 200 else b"gone"
            self.send_response(paper.status)
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with serving(Handler) as port:
        paper.port = port
        yield paper


@contextmanager
def late_by(target: str, off: timedelta) -> Iterator[str]:
    """The address of a relay before `target` whose Date is that far off."""

    class Relay(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            kept = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "content-length")}
            with httpx.Client(timeout=30, trust_env=False) as client:
                got = client.request(self.command, target + self.path, headers=kept, content=body)
            self.send_response_only(got.status_code)
            for name, value in got.headers.items():
                if name.lower() in ("content-type", "date"):
                    moved = format_datetime(datetime.now(UTC) + off, usegmt=True)
                    self.send_header(name, moved if name.lower() == "date" else value)
            self.send_header("Content-Length", str(len(got.content)))
            self.end_headers()
            self.wfile.write(got.content)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer

        def log_message(self, *_: object) -> None:
            pass

    with serving(Relay) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """Its port; the server runs in a thread until the block ends."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
