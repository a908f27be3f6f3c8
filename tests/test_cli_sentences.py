"""What the command line says where the Prefect server, an address, a place or a number is wrong: one sentence each."""

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from deployments import server
from deployments.cli import main
from deployments.server import of_the_server, shown
from piquet.acts import HIGHEST, Selection, check_selection
from piquet.errors import UserError
from piquet.ledger import upgrade

ROOT = Path(__file__).parents[1]


@pytest.fixture
def answering():
    """A server on loopback that gives every request the same answer; its address."""
    open_ = []

    def start(status, body="{}", kind="application/json"):
        class Same(BaseHTTPRequestHandler):
            def do_GET(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            do_POST = do_PATCH = do_PUT = do_GET

            def log_message(self, *_):
                pass

        open_.append(found := HTTPServer(("127.0.0.1", 0), Same))
        threading.Thread(target=found.serve_forever, daemon=True).start()
        return f"127.0.0.1:{found.server_port}"

    yield start
    for one in open_:
        one.shutdown()
        one.server_close()


def piquet(*words, **env):
    """The command as people type it; its exit code and what it said, which is one sentence."""
    done = subprocess.run(
        [sys.executable, "-m", "deployments.cli", *words], cwd=ROOT, capture_output=True, text=True, timeout=120,
        env={**os.environ, "PREFECT_CLIENT_MAX_RETRIES": "0", **env},
    )  # fmt: skip
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return done.returncode, lines[0]


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_login_is_told_with_the_setting_that_mends_it_and_without_the_one_that_is_set(
    answering, status
):
    address = f"http://{answering(status)}/api"
    code, said = piquet(
        "check", "lejournal", PREFECT_API_URL=address, PREFECT_API_AUTH_STRING="ops:the-secret"
    )
    assert (code, said) == (
        1,
        f"piquet: The Prefect server at {address} refuses the login ({status}): "
        "set PREFECT_API_AUTH_STRING to the server's own, as NAME:PASSWORD.",
    )


def test_a_server_that_fails_is_told_with_where_to_look(answering):
    address = f"http://{answering(500)}/api"
    code, said = piquet("check", "lejournal", PREFECT_API_URL=address)
    assert code == 1 and f"The Prefect server at {address} answers 500: read its log" in said


@pytest.mark.parametrize(
    ("status", "body", "kind"), [(200, "<html>", "text/html"), (404, "{}", "application/json")]
)
def test_the_address_of_the_ui_is_told_to_lack_its_api(answering, status, body, kind):
    address = f"http://{answering(status, body, kind)}"
    code, said = piquet("check", "lejournal", PREFECT_API_URL=address)
    assert (code, said) == (
        2,
        f"piquet: PREFECT_API_URL: at {address!r} there is no Prefect API: write {address}/api.",
    )


def test_an_api_under_another_name_is_taken(answering, monkeypatch):
    address = answering(200, '"3.8.8"')
    monkeypatch.setenv("PREFECT_API_URL", f"http://{address}/prefect")
    server.need_server()


@pytest.mark.parametrize(
    "address", ["127.0.0.1:4200/api", "ops:the-secret@127.0.0.1:4200/api", "http:///api", "ftp://a/api"]
)
def test_what_is_no_web_address_is_told_with_one_and_without_a_password(monkeypatch, address):
    monkeypatch.setenv("PREFECT_API_URL", address)
    with pytest.raises(
        UserError, match=r"is not a web address: write one like http://127\.0\.0\.1:4200/api\."
    ) as caught:
        server.need_server()
    assert "the-secret" not in str(caught.value)


def test_a_server_that_is_not_there_is_told_without_the_password_in_its_address():
    code, said = piquet("check", "lejournal", PREFECT_API_URL="http://ops:the-secret@127.0.0.1:9/api")
    assert code == 1
    assert "The Prefect server at http://127.0.0.1:9/api does not answer (ConnectError): start it" in said


@pytest.mark.parametrize(
    "kind", ["ReadTimeout", "PoolTimeout", "RemoteProtocolError", "UnsupportedProtocol", "InvalidURL"]
)
def test_whatever_breaks_on_the_way_to_the_server_is_one_sentence_also_where_it_lies_deeper(
    monkeypatch, kind
):
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:4200/api")
    error = RuntimeError("outer")
    error.__cause__ = getattr(httpx, kind)("inner")
    assert of_the_server(error) == (
        f"The Prefect server at http://127.0.0.1:4200/api does not answer ({kind}): start it, or correct PREFECT_API_URL."
    )
    assert of_the_server(ValueError("another thing")) == ""


def test_a_network_that_does_not_answer_is_not_taken_for_the_server(monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:4200/api")
    for url, ours in (("https://m.example/api", False), ("http://127.0.0.1:4200/api/flows", True)):
        error = httpx.ReadTimeout("late", request=httpx.Request("GET", url))
        assert bool(of_the_server(error)) is ours


@given(st.text(min_size=1), st.sampled_from(["", "http://", "HTTPS://"]))
def test_no_password_of_an_address_is_ever_shown(password, scheme):
    assert shown(f"{scheme}ops:{password}@host:4200/api") == f"{scheme}host:4200/api"


def test_who_reads_no_further_ends_it_quietly():
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "deployments.cli", "strike", "notices"], cwd=ROOT, stdout=write, stderr=subprocess.PIPE,
        text=True, timeout=60,
    )  # fmt: skip
    os.close(write)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("preview", "lejournal", "-n", "-3"), "-3 is not in the range 1<=x<=10"),
        (("preview", "lejournal", "-n", "0"), "0 is not in the range"),
        *[
            ((kind, "lejournal", "--who", "A", "--why", "b", "--delivery", number), "is not in the range 1<=x<=9223372036854775807")
            for kind in ("retry", "drop", "release")
            for number in ("99999999999999999999", "0", "-1")
        ],
    ],
)  # fmt: skip
def test_a_number_that_cannot_be_is_refused_before_anything_is_asked(words, said):
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2 and said in done.output


@pytest.mark.parametrize("number", [10**20, HIGHEST + 1, 0, -1])
def test_a_flow_refuses_a_deliverys_number_that_no_database_keeps(number):
    with pytest.raises(UserError) as caught:
        check_selection("drop", Selection(deliveries=(1, number)))
    assert str(caught.value) == (
        f"drop, field 'deliveries': {number} is no delivery's number: write one that piquet status shows."
    )
    assert check_selection("drop", Selection(deliveries=(1, HIGHEST))).deliveries == (1, HIGHEST)


def test_a_place_that_cannot_hold_a_backup_or_a_ledger_is_one_sentence(tmp_path):
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    upgrade(url)
    kept = tmp_path / "kept"

    def said(*words):
        done = CliRunner().invoke(main, words)
        return done.exit_code, done.output.strip()

    assert said("backup", str(kept), "--url", url)[0] == 0
    (tmp_path / "folder").mkdir()
    assert said("backup", str(tmp_path / "folder"), "--url", url) == (
        2,
        f"piquet: backup: {tmp_path / 'folder'} cannot be used (Is a directory): name another place.",
    )
    for place, why in ((kept / "x", "Not a directory"), (Path("/proc/x"), "No such file or directory")):
        assert said("restore", str(kept), "--url", f"sqlite:///{place / 'y.db'}") == (
            2,
            f"piquet: restore: {place} cannot be used ({why}): name another place.",
        )
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
