"""`piquet apply` as a plan on a real Prefect server: what it would do, what it leaves, and that twice changes nothing."""

import json
import os
import subprocess
import sys

import httpx
import pytest
import yaml
from click.testing import CliRunner
from prefect.settings import PREFECT_API_URL, temporary_settings

from deployments.cli import main
from tests.e2e.newsroom import PIQUET, ROOT, prefect_api

pytestmark = pytest.mark.xdist_group("prefect")


class Applied:
    """A newsroom with a prefect.yaml of its own: two deployments of the project's file, in a pool of its own."""

    def __init__(self, room):
        self.room, self.file = room, room.folder / "prefect.yaml"
        (room.folder / "flows").symlink_to(ROOT / "flows")
        text = (ROOT / "prefect.yaml").read_text(encoding="utf-8").replace("lejournal", room.name)
        self.whole = yaml.safe_load(text.replace("name: piquet\n", f"name: {room.name}\n"))
        self.whole["deployments"] = [self.named("syndicate"), self.named("retry")]
        self.write()
        room.piquet = self.piquet
        room.apply()

    def piquet(self, *words):
        """The command line in this process: Prefect is imported once for all of them."""
        with temporary_settings(updates={PREFECT_API_URL: f"{self.room.local.prefect}/api"}):
            done = CliRunner().invoke(main, words)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)

    def named(self, flow):
        (found,) = [d for d in self.whole["deployments"] if d["entrypoint"].endswith(f":{flow}")]
        return found

    def write(self):
        self.file.write_text(yaml.safe_dump(self.whole, sort_keys=False), encoding="utf-8")

    def words(self, *words):
        return ["apply", str(self.room.folder / "outlet.toml"), "--prefect-file", str(self.file), *words]

    def apply(self, *words, code=0):
        done = self.room.piquet(*self.words(*words))
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def pool(self):
        body = {"name": self.room.name, "type": "process"}
        prefect_api(self.room.local, "POST", "work_pools/", json=body)

    def there(self):
        body = {"deployments": {"tags": {"all_": ["piquet"]}}}
        found = prefect_api(self.room.local, "POST", "deployments/filter", json=body).json()
        return {d["name"]: d for d in found if d["parameters"].get("outlet") == self.room.name}

    def deployment(self, flow):
        path = f"deployments/name/{flow}/{self.room.name}"
        return prefect_api(self.room.local, "GET", path).json()

    def trigger(self):
        owner = f"prefect.deployment.{self.deployment('syndicate')['id']}"
        return prefect_api(self.room.local, "GET", f"automations/related-to/{owner}").json()


def drift(said):
    """What is not as the files say."""
    return [line.strip() for line in said.splitlines() if line.startswith("  ")]


@pytest.fixture
def applied(local, newsroom, monkeypatch):
    # For `prefect deploy`, which is a process of its own.
    for name, value in local.env.items():
        if name.startswith("PREFECT_"):
            monkeypatch.setenv(name, value)
    return Applied(newsroom("mastodon"))


def test_check_shows_what_is_missing_and_changes_nothing_and_a_second_apply_finds_nothing_to_change(applied):
    said = applied.apply("--check", code=3)
    assert f"wait      Deployment syndicate/{applied.room.name}" in said
    assert f"prefect work-pool create {applied.room.name} --type process" in said
    assert "waits for its work pool" in applied.apply() and applied.there() == {}

    applied.pool()
    said = applied.apply()
    assert "2 create" in said and f"Deployment retry/{applied.room.name}: created" in said
    before = applied.there(), applied.trigger()
    assert len(before[1]) == 1
    said = applied.apply()
    assert said.startswith("Nothing to change.\n") and "created" not in said and "updated" not in said
    assert applied.apply("--check") == "Nothing to change.\n"
    assert (applied.there(), applied.trigger()) == before


def test_what_somebody_paused_stays_paused_and_what_left_the_file_goes_only_when_asked(applied):
    applied.pool()
    applied.apply()
    found = applied.deployment("syndicate")
    path = f"deployments/{found['id']}/schedules/{found['schedules'][0]['id']}"
    prefect_api(applied.room.local, "PATCH", path, json={"active": False})
    (trigger,) = applied.trigger()
    prefect_api(applied.room.local, "PATCH", f"automations/{trigger['id']}", json={"enabled": False})
    name = f"Deployment syndicate/{applied.room.name}"
    off = f"off       {name} (schedules, triggers; somebody switched it off, and apply leaves that)"
    assert drift(applied.apply("--check", code=3)) == [off]
    assert f"{name}: left switched off" in applied.apply()

    applied.named("syndicate")["description"] = "Another one."
    applied.named("retry")["name"] = "renamed"
    applied.write()
    said = applied.apply()
    assert f"change    Deployment syndicate/{applied.room.name} (description)" in said
    assert f"left over Deployment retry/{applied.room.name} (--prune removes it)" in said
    found = applied.deployment("syndicate")
    assert (found["description"], [s["active"] for s in found["schedules"]]) == ("Another one.", [False])
    assert [t["enabled"] for t in applied.trigger()] == [False]
    assert set(applied.there()) == {applied.room.name, "renamed"}

    assert "left over" in applied.apply("--check", code=3)
    assert f"Deployment retry/{applied.room.name}: removed" in applied.apply("--prune")
    with pytest.raises(httpx.HTTPStatusError):
        applied.deployment("retry")
    assert drift(applied.apply("--check", code=3)) == [off]
    told = json.loads(applied.room.piquet("doctor", "--json", applied.room.name, *applied.words()[2:]).stdout)
    (found,) = [f for f in told["findings"] if f["subject"] == "schedules"]
    assert found["found"] == f"paused: syndicate/{applied.room.name} (schedules, triggers)"


def test_what_the_file_switches_off_is_switched_off_and_on_again_only_where_a_person_does_it(applied):
    applied.pool()
    applied.apply()
    document = applied.named("syndicate")
    document["schedules"][0]["active"] = document["triggers"][0]["enabled"] = False
    document["paused"], document["enforce_parameter_schema"] = True, False
    applied.write()
    fields = "schedules, triggers, paused, enforce_parameter_schema"
    assert drift(applied.apply("--check", code=3)) == [
        f"change    Deployment syndicate/{applied.room.name} ({fields})"
    ]
    applied.apply()
    found = applied.deployment("syndicate")
    assert (found["paused"], found["enforce_parameter_schema"]) == (True, False)
    assert [s["active"] for s in found["schedules"]] == [False]
    assert [t["enabled"] for t in applied.trigger()] == [False]
    assert applied.apply("--check") == "Nothing to change.\n"

    del document["paused"], document["enforce_parameter_schema"]
    applied.write()
    assert drift(applied.apply("--check", code=3)) == [
        f"change    Deployment syndicate/{applied.room.name} (enforce_parameter_schema)",
        f"off       Deployment syndicate/{applied.room.name} "
        "(the whole deployment; somebody switched it off, and apply leaves that)",
    ]
    applied.apply()
    found = applied.deployment("syndicate")
    assert (found["paused"], found["enforce_parameter_schema"]) == (True, True)


def test_two_versions_that_apply_side_by_side_take_nothing_from_each_other(applied):
    applied.pool()
    blue, green = applied.words(), list(applied.words())
    more = {
        **applied.whole,
        "deployments": [*applied.whole["deployments"], {**applied.named("retry"), "name": "green"}],
    }
    green[green.index(str(applied.file))] = str(applied.file.with_name("green.yaml"))
    applied.file.with_name("green.yaml").write_text(yaml.safe_dump(more, sort_keys=False), encoding="utf-8")
    running = [
        subprocess.Popen(
            [*PIQUET, *words], env=dict(applied.room.env), cwd=ROOT, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        for words in (blue, green)
    ]  # fmt: skip
    said = [process.communicate(timeout=120)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    assert set(applied.there()) == {applied.room.name, "green"}
    said = applied.apply()
    assert "left over Deployment retry/green" in said and "removed" not in said
    assert set(applied.there()) == {applied.room.name, "green"}


def test_at_a_terminal_it_asks_and_no_changes_nothing(applied):
    applied.pool()
    ours, theirs = os.openpty()
    os.write(ours, b"n\n")
    command = [sys.executable, "-m", "deployments.cli", *applied.words()]
    done = subprocess.run(
        command,
        env=dict(applied.room.env),
        cwd=ROOT,
        stdin=theirs,
        capture_output=True,
        text=True,
        timeout=120,
    )
    os.close(ours)
    os.close(theirs)
    assert done.returncode == 1 and "Do it? [y/N]" in done.stdout and "Nothing was changed." in done.stdout
    assert applied.there() == {}


def test_an_outlet_that_the_file_does_not_speak_of_gets_the_first_ones_deployments_in_the_pool_its_file_names(
    applied,
):
    applied.pool()
    other = f"{applied.room.name}-sud"
    toml = (applied.room.folder / "outlet.toml").read_text(encoding="utf-8")
    file = applied.room.folder / "other.toml"
    pool = f'[deployments]\nwork_pool = "{applied.room.name}"\n'
    file.write_text(
        toml.replace(f'name = "{applied.room.name}"', f'name = "{other}"') + pool, encoding="utf-8"
    )
    words = ["apply", str(file), "--prefect-file", str(applied.file)]
    said = applied.room.piquet(*words, "--check")
    assert said.returncode == 3 and f"create    Deployment retry/{other}" in said.stdout
    assert applied.room.piquet(*words).returncode == 0
    found = prefect_api(applied.room.local, "GET", f"deployments/name/syndicate/{other}").json()
    assert (found["parameters"], found["work_pool_name"]) == ({"outlet": other}, applied.room.name)
    owner = f"automations/related-to/prefect.deployment.{found['id']}"
    (trigger,) = prefect_api(applied.room.local, "GET", owner).json()
    assert trigger["trigger"]["match"] == {"prefect.resource.name": other}
    assert applied.there() == {}

    left = {**{key: found[key] for key in ("flow_id", "tags", "parameters")}, "name": "old"}
    prefect_api(applied.room.local, "POST", "deployments/", json=left)
    said = applied.room.piquet(*words, "--check")
    assert said.returncode == 3 and "left over Deployment syndicate/old (--prune removes it)" in said.stdout
    assert "Deployment syndicate/old: removed" in applied.room.piquet(*words, "--prune").stdout
    doctor = ["doctor", "--json", "--prefect-file", str(applied.file)]
    for name in (other, str(file)):
        told = json.loads(applied.room.piquet(*doctor, name).stdout)["findings"]
        (deployments,) = [f for f in told if (f["about"], f["subject"]) == (other, "deployments")]
        assert deployments["found"] == "2, as prefect.yaml says"


def test_a_prefect_file_that_was_named_and_is_not_there_is_refused_and_none_at_all_is_told(
    applied, monkeypatch
):
    outlet, none = str(applied.room.folder / "outlet.toml"), applied.room.folder / "none.yaml"
    done = applied.room.piquet("apply", outlet, "--prefect-file", str(none))
    assert (done.returncode, done.stderr) == (
        2,
        f"piquet: {none}: there is no such file: give the path of a prefect.yaml.\n",
    )
    empty = applied.room.folder / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    done = applied.room.piquet("apply", outlet, "--check")
    assert done.returncode == 3
    assert f"left out  Deployments of {applied.room.name} (no prefect.yaml here" in done.stdout
    done = applied.room.piquet("apply", outlet)
    assert done.returncode == 0 and f"Deployments of {applied.room.name}: left out" in done.stdout


def test_a_second_outlet_with_another_ledger_address_does_not_take_the_first_ones_ledger_away(applied):
    room = applied.room
    toml = (room.folder / "outlet.toml").read_text(encoding="utf-8").split("[accounts", 1)[0]
    other = toml.replace(f'name = "{room.name}"', f'name = "{room.name}-sud"')
    other = other.replace(f'url = "{room.ledger_url}"', 'url = "env:SUD_LEDGER_URL"')
    accounts = f'[accounts."mastodon/{room.name}-sud"]\nserver = "https://m.example"\ntoken = "env:T"\n'
    other = other.replace(f'"mastodon/{room.name}"', f'"mastodon/{room.name}-sud"') + accounts
    file = room.folder / "other.toml"
    file.write_text(other, encoding="utf-8")
    before = prefect_api(
        room.local, "GET", f"block_types/slug/ledger/block_documents/name/{room.name}"
    ).json()
    for words in ((), ("--check",)):
        done = room.piquet("apply", str(file), "--prefect-file", str(applied.file), *words)
        assert done.returncode == 2
        assert f"Ledger {room.name} is also that of {room.name}, and the file of" in done.stderr
        assert f'ledger = "{room.name}-{room.name}-sud" under [outlet]' in done.stderr
    after = prefect_api(room.local, "GET", f"block_types/slug/ledger/block_documents/name/{room.name}").json()
    assert after["data"] == before["data"]
    own = other.replace(f'ledger = "{room.name}"', f'ledger = "{room.name}-sud"')
    file.write_text(own, encoding="utf-8")
    done = room.piquet("apply", str(file), "--prefect-file", str(applied.file))
    assert done.returncode == 0 and f"Ledger {room.name}-sud: created" in done.stdout
