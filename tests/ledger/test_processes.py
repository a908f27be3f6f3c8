"""Real processes on one ledger, some killed outright, against a loopback server that remembers every post."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import piquet
from piquet.ledger import Ledger

WORKER = Path(__file__).with_name("worker.py")
ACCOUNTS = ("mastodon/journal", "x/journal")


class Network:
    """A server whose posts, by account, are kept in the order they came."""

    def __init__(self) -> None:
        self.posts: dict[str, list[dict[str, str]]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def texts(self, account: str) -> list[str]:
        return [post["text"] for post in self.posts.get(account, [])]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self):
        posts = self.posts

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(posts.get(self.path[1:], []))

            def do_POST(self) -> None:
                own = posts.setdefault(self.path[1:], [])
                own.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                own[-1]["id"] = f"{self.path}/{len(own)}"
                self._answer(own[-1])

            def _answer(self, values) -> None:
                body = json.dumps(values).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_) -> None:
                pass

        return Handler


@pytest.fixture
def network() -> Iterator[Network]:
    """A server on a free loopback port."""
    server = Network()
    yield server
    server.close()


def start(ledger_url: str, network: Network, build, owner: str, accounts, kill: str = "") -> subprocess.Popen:
    """One worker process; `kill` names where it kills itself."""
    arguments = [ledger_url, network.address, build.outlet, owner, *accounts]
    path = os.pathsep.join([str(Path(piquet.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PIQUET_TEST_KILL": kill, "PYTHONPATH": path}
    return subprocess.Popen(
        [sys.executable, str(WORKER), *arguments], env=environment, stdout=subprocess.DEVNULL
    )


def record(ledger: Ledger, build, number: int, accounts) -> list[str]:
    """So many entries with a delivery each to each account; their texts in order."""
    entries = [build.entry(f"{n:02}") for n in range(number)]
    drafts = tuple(
        build.draft(
            entry, account=account, key=f"{entry.id} {account}", payload=build.payload(entry.id, entry.id)
        )
        for entry in entries
        for account in accounts
    )
    ledger.record(build.batch(*entries, drafts=drafts))
    return [entry.id for entry in entries]


@pytest.mark.parametrize(("step", "left_behind"), [("before-send", 0), ("after-send", 1)])
def test_after_a_kill_the_next_run_settles_what_is_there_and_sends_the_rest(
    ledger_url, network, build, step, left_behind
):
    account = build.account
    with Ledger.open(ledger_url) as ledger:
        texts = record(ledger, build, 3, [account])
        killed = start(ledger_url, network, build, "first", [account], kill=f"{step}:{account}")
        assert killed.wait(30) == -signal.SIGKILL
        assert network.texts(account) == texts[:left_behind]
        assert ledger.counts(build.outlet) == {account: {"sending": 1, "due": 2}}
        assert start(ledger_url, network, build, "second", [account]).wait(30) == 0
        assert network.texts(account) == texts
        assert ledger.counts(build.outlet) == {account: {"sent": 3}}
        receipts = {row.receipt_id for row in ledger.deliveries(build.outlet)}
        assert receipts == {post["id"] for post in network.posts[account]}


def test_workers_at_once_one_of_them_killed_send_each_delivery_once_and_in_order(ledger_url, network, build):
    with Ledger.open(ledger_url) as ledger:
        texts = record(ledger, build, 15, ACCOUNTS)
        kills = ["", f"after-send:{ACCOUNTS[0]}", ""]
        workers = [
            start(ledger_url, network, build, f"worker {n}", ACCOUNTS, kill) for n, kill in enumerate(kills)
        ]
        codes = {worker.wait(60) for worker in workers}
        assert codes <= {0, -signal.SIGKILL}
        assert [network.texts(account) for account in ACCOUNTS] == [texts, texts]
        assert ledger.counts(build.outlet) == {account: {"sent": 15} for account in ACCOUNTS}
