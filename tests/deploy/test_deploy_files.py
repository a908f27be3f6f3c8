"""compose.yaml and docs/deploy.md as files: names that Prefect reads, nothing open to the world, no secret in them."""

import os
import re
import subprocess
from pathlib import Path

import prefect
import pytest
import yaml
from prefect.settings import Settings
from prefect.settings.legacy import _get_valid_setting_names

from tests.deploy.page import PAGE, File, Script, Start, steps, unit

ROOT = Path(__file__).parents[2]
DEPLOYMENTS = ROOT / "deployments"
COMPOSE = yaml.safe_load((DEPLOYMENTS / "compose.yaml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
STEPS = list(steps(PAGE.read_text(encoding="utf-8")))
# What prefect-redis reads for itself (its RedisMessagingSettings), and what Prefect reads without a setting.
BESIDE = {"PREFECT_REDIS_MESSAGING_URL", "PREFECT_SERVER_ENCRYPTION_KEY", "PREFECT_HOME"}


def settings_in(path):
    return set(re.findall(r"\bPREFECT_[A-Z_]+(?=[:=])", path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "path",
    [DEPLOYMENTS / "compose.yaml", DEPLOYMENTS / "Dockerfile", DEPLOYMENTS / "proxy" / "nginx.conf", PAGE],
    ids=lambda path: path.name,
)
def test_every_prefect_setting_is_one_that_this_prefect_reads(path):
    ours = {"PREFECT_DB", "PREFECT_DB_PASSWORD", "PREFECT_LOGIN", "PREFECT_BLOCK_KEY"}
    assert not settings_in(path) - ours - BESIDE - set(_get_valid_setting_names(Settings))


def test_the_key_that_encrypts_blocks_is_still_read_by_that_name():
    source = Path(prefect.__file__).parent / "server" / "utilities" / "encryption.py"
    assert '"PREFECT_SERVER_ENCRYPTION_KEY"' in source.read_text(encoding="utf-8")


def environment(service):
    return SERVICES[service].get("environment", {})


def test_the_server_and_its_services_share_one_configuration_and_no_server_migrates_by_itself():
    assert environment("server") == environment("services") == environment("migrate")
    assert environment("server")["PREFECT_SERVER_DATABASE_MIGRATE_ON_START"] == "false"
    assert "--no-services" in SERVICES["server"]["command"]


def test_the_page_and_compose_give_the_server_the_same_settings():
    script = next(step.text for step in STEPS if isinstance(step, Script) and "server.env" in step.text)
    assert set(re.findall(r"^(PREFECT_\w+)=", script, re.MULTILINE)) == set(environment("server"))


def test_the_page_asks_the_address_that_it_came_from_so_that_a_proxy_may_stand_in_front():
    setting = "PREFECT_SERVER_UI_API_URL"
    assert environment("server")[setting] == "/api"
    script = next(step.text for step in STEPS if isinstance(step, Script) and "server.env" in step.text)
    before_use = (
        (DEPLOYMENTS / "proxy" / "nginx.conf").read_text(encoding="utf-8").partition("worker_processes")[0]
    )
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    assert f"{setting}=/api" in script and f"{setting}=/api" in before_use and f"{setting}=/api" in page


def test_the_server_asks_for_a_login_and_a_csrf_token():
    assert environment("server")["PREFECT_SERVER_API_AUTH_STRING"].startswith("${PREFECT_LOGIN:?")
    assert environment("server")["PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED"] == "true"
    for service in ("setup", "worker"):
        assert environment(service)["PREFECT_API_AUTH_STRING"].startswith("${PREFECT_LOGIN:?")


def test_every_service_that_another_waits_for_is_there_and_can_be_what_is_waited_for():
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            assert other in SERVICES, f"{name} waits for {other}"
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other], f"{other} has no healthcheck"
            else:
                assert how["condition"] == "service_completed_successfully"
                assert SERVICES[other]["restart"] == "on-failure", f"{other} would never have ended"


def test_no_port_is_bound_beyond_this_machine():
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports and all(port.startswith("127.0.0.1:") for port in ports)
    listening = [step for step in STEPS if isinstance(step, File) and "prefect server start" in step.text]
    assert len(listening) == 1 and "--host 127.0.0.1" in listening[0].text


def test_no_secret_is_written_in_the_file_and_each_that_is_missing_stops_it_with_a_sentence():
    example = (DEPLOYMENTS / ".env.example").read_text(encoding="utf-8")
    names = re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE)
    assert all(value == "" for _, value in names)
    used = set(re.findall(r"\$\{(\w+)", (DEPLOYMENTS / "compose.yaml").read_text(encoding="utf-8")))
    assert used == {name for name, _ in names}
    for service in SERVICES:
        for key, value in environment(service).items():
            if re.search(r"PASSWORD|AUTH|KEY|URL", key) and not key.endswith("API_URL"):
                assert re.search(r"\$\{\w+:\?", value), f"{service}: {key}"


def test_the_workers_are_several_and_have_no_name_that_would_keep_them_from_it():
    assert SERVICES["worker"]["deploy"]["replicas"] == 2
    assert "container_name" not in SERVICES["worker"] and "ports" not in SERVICES["worker"]


def test_the_image_has_the_client_programs_of_the_servers_that_are_backed_up():
    dockerfile = (DEPLOYMENTS / "Dockerfile").read_text(encoding="utf-8")
    (major,) = re.findall(r"postgresql-client-(\d+)", dockerfile)
    assert SERVICES["ledger-db"]["image"] == SERVICES["prefect-db"]["image"] == f"postgres:{major}"
    # Debian 12 is the release that packages this one.
    assert major == "15" and "FROM python:3.11-slim-bookworm" in dockerfile


def test_a_backup_runs_when_it_is_asked_for_and_into_a_volume_that_its_user_may_write():
    service = SERVICES["backup"]
    assert service["profiles"] == ["backup"] and service["restart"] == "no" and "ports" not in service
    assert environment("backup") == {"PIQUET_LEDGER_URL": environment("worker")["PIQUET_LEDGER_URL"]}
    (folder,) = (volume.split(":")[1] for volume in service["volumes"])
    shell, flags, script = service["command"]
    assert (shell, flags) == ("sh", "-euc") and f'piquet backup "{folder}/' in script
    dockerfile = (DEPLOYMENTS / "Dockerfile").read_text(encoding="utf-8")
    assert f"install --directory --owner=piquet --mode=0700 {folder}" in dockerfile
    assert not any(
        folder in volume
        for name in set(SERVICES) - {"backup"}
        for volume in SERVICES[name].get("volumes", [])
    )


def test_the_name_of_a_backup_says_when_it_was_taken_so_that_none_replaces_another(tmp_path):
    (tmp_path / "piquet").write_text('#!/bin/sh\necho "$@"\n', encoding="utf-8")
    (tmp_path / "piquet").chmod(0o755)
    # A dollar is written twice in a compose file.
    words = [word.replace("$$", "$") for word in SERVICES["backup"]["command"]]
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    said = subprocess.run(words, capture_output=True, text=True, env=env, check=True).stdout
    assert re.fullmatch(r"backup /var/backups/piquet/ledger-\d{4}-\d\d-\d\dT\d{6}Z\n", said)


@pytest.mark.parametrize("page", ["deploy.md", "operations.md"])
def test_the_pages_say_how_a_container_installation_is_backed_up(page):
    assert "docker compose run --rm backup" in (ROOT / "docs" / page).read_text(encoding="utf-8")


def test_every_volume_is_declared():
    mounted = {v.split(":")[0] for s in SERVICES.values() for v in s.get("volumes", []) if v[0] not in "./"}
    assert mounted == set(COMPOSE["volumes"])


def test_the_image_is_built_with_what_it_copies_and_never_with_a_secret():
    ignored = (DEPLOYMENTS / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    kept = {line[1:] for line in ignored if line.startswith("!")}
    assert {"pyproject.toml", "uv.lock", "README.md", "prefect.yaml"} <= kept
    packages = re.search(r"^packages = \[(.*)\]", (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    assert set(re.findall(r'"(\w+)"', packages[1])) <= kept
    assert {"deployments/.env", "deployments/tokens.env"} <= set(ignored)
    assert all((ROOT / name).exists() for name in kept)


@pytest.mark.parametrize("step", [s for s in STEPS if isinstance(s, Script)], ids=lambda s: s.text[:40])
def test_every_script_of_the_page_is_one_that_a_shell_can_read(step):
    done = subprocess.run(["bash", "-n"], input=step.text, capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, done.stderr


def test_every_unit_that_is_started_is_on_the_page_before():
    written = set()
    for step in STEPS:
        if isinstance(step, File):
            written.add(Path(step.path).name)
        for name in step.units if isinstance(step, Start) else ():
            stem, _, instance = name.partition("@")
            assert (f"{stem}@.service" if instance else f"{stem}.service") in written


def test_a_unit_gives_its_command_and_its_environment():
    read = unit(
        "# /x@.service\n[Service]\nEnvironmentFile=/a\nEnvironmentFile=-/b-%i\nEnvironment=HOME=/h\n"
        "StateDirectory=p/%i\nExecStart=/bin/w --pool ${POOL} --name n-%i\n",
        "2",
    )
    assert (read.command, read.env_files) == (
        ["/bin/w", "--pool", "${POOL}", "--name", "n-2"],
        ["/a", "-/b-2"],
    )
    assert (read.env, read.state) == ({"HOME": "/h"}, "/var/lib/p/2")


@pytest.mark.parametrize("block", ["```python\nx\n```", "```ini\n[Service]\n```"])
def test_a_block_that_would_never_be_tried_is_refused(block):
    with pytest.raises(ValueError, match=r"would never be tried|No path stands"):
        list(steps(block))
