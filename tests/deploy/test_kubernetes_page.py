"""docs/kubernetes.md as data: what it gives is readable, names what exists, and lets a run's request change nothing of weight."""

import json
import re
from pathlib import Path

import pytest
import yaml
from prefect.settings import Settings
from prefect.settings.legacy import _get_valid_setting_names

import blocks

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "kubernetes.md").read_text(encoding="utf-8")
POOL = json.loads(re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)[1])
MANIFESTS = [
    one for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) for one in yaml.safe_load_all(text)
]
# What prefect-kubernetes 0.8.0 reads for itself, and the name that Prefect's `flow-run execute` reads.
BESIDE = {
    "PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_NAMESPACES",
    "PREFECT_INTEGRATIONS_KUBERNETES_WORKER_API_AUTH_STRING_SECRET_NAME",
    "PREFECT_INTEGRATIONS_KUBERNETES_WORKER_API_AUTH_STRING_SECRET_KEY",
    "PREFECT_FLOW_RUN_EXECUTE_SIGTERM_BEHAVIOR",
}


def found(kind, name=""):
    (one,) = [m for m in MANIFESTS if m["kind"] == kind and name in str(m["metadata"])]
    return one


def pods():
    """The pod of the pool's Job, of the setup and of the worker."""
    yield POOL["job_configuration"]["job_manifest"]["spec"]["template"]
    yield found("Job")["spec"]["template"]
    yield found("Deployment")["spec"]["template"]


def test_every_setting_is_one_that_somebody_reads():
    names = set(re.findall(r"\bPREFECT_[A-Z_]*[A-Z]\b", PAGE)) - {"PREFECT_API"}
    assert names >= BESIDE and not names - BESIDE - set(_get_valid_setting_names(Settings))


def test_everything_is_in_one_namespace_and_every_secret_comes_from_one_place():
    assert {m["metadata"]["namespace"] for m in MANIFESTS} == {"piquet"}
    for pod in pods():
        (container,) = pod["spec"]["containers"]
        assert container["envFrom"] == [{"secretRef": {"name": "piquet"}}]


def test_a_runs_request_cannot_bring_a_command_a_namespace_or_a_service_account():
    assert set(POOL["variables"]["properties"]) == {"name", "env", "image", "memory_limit"}
    asked = set(re.findall(r"{{ (\w+) }}", json.dumps(POOL["job_configuration"])))
    assert asked == set(POOL["variables"]["properties"])
    (container,) = POOL["job_configuration"]["job_manifest"]["spec"]["template"]["spec"]["containers"]
    assert "command" not in container and "args" not in container


def test_a_job_is_never_repeated_by_the_cluster_and_outlives_a_lease_when_it_is_told_to_end():
    spec = POOL["job_configuration"]["job_manifest"]["spec"]
    assert (spec["backoffLimit"], spec["template"]["spec"]["restartPolicy"]) == (0, "Never")
    lease = blocks.Outlet.model_fields["lease_seconds"].default
    assert spec["template"]["spec"]["terminationGracePeriodSeconds"] > lease


def test_no_run_reaches_the_clouds_metadata_or_a_private_address_by_http():
    rules = found("NetworkPolicy")["spec"]["egress"]
    (world,) = [rule for rule in rules if any("ipBlock" in to for to in rule["to"])]
    closed = {network for to in world["to"] for network in to["ipBlock"]["except"]}
    assert {
        "169.254.0.0/16",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "fe80::/10",
        "fc00::/7",
    } <= closed
    assert {port["port"] for port in world["ports"]} == {80, 443}
    labels = found("NetworkPolicy")["spec"]["podSelector"]["matchLabels"].items()
    assert labels <= next(pods())["metadata"]["labels"].items()


@pytest.mark.parametrize("page", ["README.md", "docs/deploy.md"])
def test_the_page_is_found_and_says_that_it_was_never_run(page):
    assert "kubernetes.md" in (ROOT / page).read_text(encoding="utf-8")
    assert "**This page was never run here, for want of a cluster.**" in PAGE
