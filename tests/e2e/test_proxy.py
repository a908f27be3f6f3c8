"""The shipped proxy in front of a real Prefect server: a community manager flips the strike, and nothing else."""

import base64
import json
import subprocess
from uuid import uuid4

import pytest

from tests.desk.browser import browser_path, browsing
from tests.desk.ui import Prefect
from tests.e2e.newsroom import PIQUET, ROOT
from tests.e2e.proxy import (
    PASSWORDS,
    REDIS_PASSWORD,
    SHIPPED,
    asked,
    nginx,
    nginx_path,
    prefect_server,
)

pytestmark = [
    pytest.mark.xdist_group("proxy"),
    pytest.mark.timeout(400),
    pytest.mark.skipif(nginx_path() is None, reason="nginx is not installed"),
]
OUTLET = """
[outlet]
name = "lejournal"
title = "Le Journal"
zone = "Europe/Paris"
feeds = ["https://journal.example.com/rss"]
[ledger]
url = "env:PIQUET_LEDGER_URL"
[accounts."mastodon/lejournal"]
server = "https://mastodon.example"
token = "a-token-in-a-block"
"""
OPS, CAMILLE = ("ops", PASSWORDS["ops"]), ("camille", PASSWORDS["camille"])


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A server with an outlet's blocks, a deployment on the pool that takes no job variables, and the proxy."""
    folder = tmp_path_factory.mktemp("proxy")
    (folder / "outlet.toml").write_text(OUTLET, encoding="utf-8")
    (folder / "none.yaml").write_text("deployments: []\n", encoding="utf-8")
    with prefect_server(folder) as server:
        apply = [*PIQUET, "apply", str(folder / "outlet.toml"), "--prefect-file", str(folder / "none.yaml")]
        done = subprocess.run(apply, env=server.env, cwd=ROOT, capture_output=True, text=True, timeout=180)
        assert done.returncode == 0, done.stderr
        documents = {
            d["block_type"]["slug"]: d for d in server.ask("POST", "/api/block_documents/filter", json={})
        }
        pool = {"name": "people", "type": "process"}
        pool["base_job_template"] = json.loads((SHIPPED / "work-pool.json").read_text(encoding="utf-8"))
        server.ask("POST", "/api/work_pools/", json=pool)
        flow = server.ask("POST", "/api/flows/", json={"name": "call_strike"})
        given = {"name": "lejournal", "flow_id": flow["id"], "work_pool_name": "people"}
        env = {"env": {"PREFECT_LOGGING_EXTRA_LOGGERS": "piquet"}}
        deployment = server.ask("POST", "/api/deployments/", json={**given, "job_variables": env})
        ids = {"strike": documents["strike"]["id"], "deployment": deployment["id"]}
        with nginx(folder, server, **ids) as url:
            ids |= {"mastodon": documents["mastodon-account"]["id"], "outlet": documents["outlet"]["id"]}
            yield server, url, ids, folder


def status(url, who, method, path, **request):
    return asked(url, who, method, path, **request).status_code


def test_nobody_without_a_password_sees_anything(desk):
    _, url, ids, _ = desk
    for path in (
        "/api/admin/version",
        "/api//admin/version",
        f"/api/block_documents/{ids['strike']}",
        "/-cm/filter",
        "/api/admin/settings",
        "/-cm/settings",
    ):
        for who in (None, ("camille", "guessed"), ("ops", "guessed"), ("ops", "")):
            assert status(url, who, "GET", path) in (401, 404), (path, who)


def test_a_community_manager_flips_the_switch_and_the_log_says_who(desk):
    server, url, ids, folder = desk
    path = f"/api/block_documents/{ids['strike']}"
    data = asked(url, CAMILLE, "GET", path).json()["data"]
    body = {"data": {**data, "switch": "strike"}, "merge_existing_data": False}
    assert status(url, CAMILLE, "PATCH", path, json=body) == 204
    assert server.ask("GET", path)["data"]["switch"] == "strike"
    assert f'"camille" PATCH {path} 204' in (folder / "piquet-access.log").read_text(encoding="utf-8")


def refused(ids):
    block, mastodon = "/api/block_documents", ids["mastodon"]
    return (
        ("PATCH", f"{block}/{mastodon}", {"data": {}}),
        ("PATCH", f"{block}/{ids['outlet']}", {"data": {}}),
        ("DELETE", f"{block}/{ids['strike']}", None),
        ("POST", f"{block}/", {"name": "x", "data": {}}),
        ("GET", f"{block}/{mastodon}", None),
        ("GET", f"{block}/{mastodon}?include_secrets=true", None),
        ("GET", "/api/block_types/slug/mastodon-account/block_documents", None),
        ("GET", "/api/block_types/slug/mastodon-account/block_documents/name/lejournal", None),
        ("PUT", f"{block}/{ids['strike']}", {"data": {}}),
        ("POST", "/api/flow_runs/", {"flow_id": str(uuid4())}),
        ("POST", f"/api/flow_runs/{uuid4()}/set_state", {"state": {"type": "CANCELLED"}}),
        ("DELETE", f"/api/flow_runs/{uuid4()}", None),
        ("PATCH", f"/api/deployments/{ids['deployment']}", {"paused": True}),
        ("POST", f"/api/deployments/{ids['deployment']}/pause_deployment", None),
        ("POST", f"/api/deployments/{uuid4()}/create_flow_run", {}),
        ("POST", "/api/automations/filter", {}),
        ("POST", "/api/automations/", {}),
        ("POST", "/api/variables/filter", {}),
        ("POST", "/api/admin/database/clear", {"confirm": True}),
        ("POST", "/api/admin/settings", {}),
        ("HEAD", "/api/admin/settings", None),
        ("GET", "/-cm/settings", None),
        ("POST", "/api/work_pools/", {}),
        ("PATCH", "/api/work_pools/people", {"is_paused": True}),
        ("POST", "/api/events", []),
        ("POST", "/api/logs/", []),
        ("POST", "/api/artifacts/", {}),
        ("GET", "/api/flows/..%2Fblock_documents/" + mastodon, None),
        ("GET", "/api//block_documents/" + mastodon, None),
        ("GET", "/api/%62lock_documents/" + mastodon, None),
    )


def test_everything_else_is_refused_to_a_community_manager_and_reaches_no_server(desk):
    server, url, ids, _ = desk
    before = server.ask("POST", "/api/block_documents/filter", json={"include_secrets": True})
    for method, path, body in refused(ids):
        given = {} if body is None else {"json": body}
        assert status(url, CAMILLE, method, path, **given) in (403, 404), (method, path)
    assert server.ask("POST", "/api/block_documents/filter", json={"include_secrets": True}) == before


@pytest.mark.parametrize(
    "query",
    [
        "?include_secrets=true",
        "?include%5Fsecrets=true",
        "?a=1&include_secrets=1",
        "?include_secrets=true%00",
    ],
)
def test_no_token_reaches_a_community_manager_however_it_is_asked_for(desk, query):
    _, url, ids, _ = desk
    body = {"include_secrets": True, "limit": 200}
    listed = asked(url, CAMILLE, "POST", f"/api/block_documents/filter{query}", json=body)
    assert [document["id"] for document in listed.json()] == [ids["strike"]]
    counted = asked(url, CAMILLE, "POST", "/api/block_documents/count", json={})
    assert counted.json() == 1
    shown = asked(url, CAMILLE, "GET", f"/api/block_documents/{ids['strike']}{query}")
    assert "a-token-in-a-block" not in listed.text + shown.text
    # The control: the token is there for whoever may ask.
    ops = asked(url, OPS, "POST", "/api/block_documents/filter", json=body)
    assert "a-token-in-a-block" in ops.text


def nested(ids, data):
    """The block with the token put into a field of Strike, as a browser's console might send it."""
    written = json.dumps({"data": {**data, "movement": {"$ref": {"block_document_id": ids["mastodon"]}}}})
    return {
        "plain": written,
        "a space": written.replace('"$ref":', '"$ref" :'),
        "all of it escaped": written.replace("$ref", r"\u0024\u0072\u0065\u0066"),
        "a letter escaped": written.replace("$ref", r"$r\u0065f"),
        "UTF-16": written.encode("utf-16"),
        "UTF-16 without its mark": written.encode("utf-16-le"),
        "UTF-32": written.encode("utf-32"),
        "long": written.replace("{", "{" + " " * 500_000, 1),
        "in pieces": (piece.encode() for piece in (written[:-60], written[-60:])),
        "twice": written.replace('"data"', '"data": {}, "data"', 1),
    }


@pytest.mark.parametrize("how", nested({"mastodon": ""}, {}))
@pytest.mark.parametrize("end", ["", "?a=1", "%0A"])
def test_no_block_is_put_into_the_strike_block_by_a_community_manager_however_it_is_written(desk, how, end):
    server, url, ids, _ = desk
    path = f"/api/block_documents/{ids['strike']}"
    before = server.ask("GET", path)
    body = nested(ids, before["data"])[how]
    headers = {"Content-Type": "application/json"}
    assert status(url, CAMILLE, "PATCH", path + end, content=body, headers=headers) in (403, 404, 422)
    assert server.ask("GET", path) == before


def test_what_a_community_manager_writes_in_a_form_reaches_the_server_as_it_was(desk):
    server, url, ids, _ = desk
    path = f"/api/block_documents/{ids['strike']}"
    data = server.ask("GET", path)["data"]
    notice = "En grève : 100 $, \\u00e9, «\u00a0oui\u00a0», 🐦 {ref} $reference \t" + "é" * 100_000
    for ascii_only in (False, True):
        body = json.dumps({"data": {**data, "notices": [notice]}}, ensure_ascii=ascii_only)
        headers = {"Content-Type": "application/json"}
        assert status(url, CAMILLE, "PATCH", path, content=body.encode(), headers=headers) == 204
        assert server.ask("GET", path)["data"]["notices"] == [notice]
        server_side = {"data": data, "merge_existing_data": False}
        assert status(url, CAMILLE, "PATCH", path, json=server_side) == 204


def test_a_run_is_started_by_its_form_and_takes_no_command_along(desk):
    server, url, ids, _ = desk
    path = f"/api/deployments/{ids['deployment']}/create_flow_run"
    started = asked(url, CAMILLE, "POST", path, json={"parameters": {"who": "Camille"}})
    assert started.status_code in (200, 201), started.text
    for variables in (
        {"command": "env"},
        {"working_dir": "/"},
        {"env": {"PYTHONSTARTUP": "/tmp/x"}},
        {"a": 1},
    ):
        assert status(url, CAMILLE, "POST", path, json={"job_variables": variables}) == 422, variables
    runs = server.ask("POST", "/api/flow_runs/filter", json={})
    assert [run["parameters"] for run in runs] == [{"who": "Camille"}]


def test_ops_may_do_what_they_could_without_the_proxy(desk):
    _, url, ids, _ = desk
    assert status(url, OPS, "POST", "/api/variables/filter", json={}) == 200
    assert status(url, OPS, "GET", f"/api/block_documents/{ids['mastodon']}") == 200
    # The control of what a community manager does not get.
    assert REDIS_PASSWORD in asked(url, OPS, "GET", "/api/admin/settings").text
    nesting = nested(ids, {})["plain"]
    headers = {"Content-Type": "application/json"}
    path = f"/api/block_documents/{ids['outlet']}"
    data = asked(url, OPS, "GET", path).json()["data"]
    assert status(url, OPS, "PATCH", path, content=nesting, headers=headers) == 204
    assert "movement" in asked(url, OPS, "GET", path).json()["data"]
    whole = {"data": data, "merge_existing_data": False}
    assert status(url, OPS, "PATCH", path, json=whole) == 204


@pytest.mark.parametrize("path", ["/api/admin/settings", "/api//admin/%73ettings", "/api/admin/settings?a=1"])
def test_of_the_servers_settings_a_community_manager_gets_no_password(desk, path):
    _, url, _, _ = desk
    told = asked(url, CAMILLE, "GET", path)
    assert told.json() == {"server": {"analytics_enabled": False, "ui": {"show_promotional_content": False}}}


def test_the_page_is_told_to_ask_the_address_that_it_came_from_and_not_for_a_password(desk):
    _, url, _, _ = desk
    told = asked(url, CAMILLE, "GET", "/ui-settings").json()
    assert told["api_url"] == "/api" and told["auth"] is None


@pytest.mark.browser
@pytest.mark.skipif(browser_path() is None, reason="there is no Chromium here")
def test_a_community_manager_works_in_the_real_ui_and_it_needs_nothing_that_is_refused(desk):
    server, url, ids, folder = desk
    log = folder / "piquet-access.log"
    seen = len(log.read_text(encoding="utf-8"))
    with browsing(seconds=40) as page:
        # As a browser sends it once its own dialogue was filled in.
        login = base64.b64encode(":".join(CAMILLE).encode()).decode()
        page.set_extra_http_headers({"Authorization": f"Basic {login}"})
        ui = Prefect(page, url)
        form = ui.edit_block(ids["strike"])
        form.choose("Switch / Interrupteur", "normal")
        ui.save()
        for place in ("blocks", "runs", "artifacts", "deployments"):
            page.goto(f"{url}/v2/{place}")
            page.wait_for_load_state("networkidle")
        page.get_by_text("lejournal").first.wait_for()
    assert server.ask("GET", f"/api/block_documents/{ids['strike']}")["data"]["switch"] == "normal"
    lines = log.read_text(encoding="utf-8")[seen:].splitlines()
    assert [line for line in lines if line.endswith(" 403") and '"camille"' in line] == []
