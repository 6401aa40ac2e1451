"""The files of `deploy/` and the GitHub Action: valid by published schemas, hardened, pointing at what is there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema.validators import validator_for

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
MANIFESTS = [path for path in sorted((DEPLOY / "kubernetes").glob("*.yaml")) if path.name != "kustomization.yaml"]


def documents(path: Path) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all(path.read_text("utf-8")) if document]


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("compose-spec", "deploy/compose/compose.yaml"),
        ("github-actions", "action.yml"),
        ("github-workflows", "deploy/github/doctor.yml"),
    ],
)
def test_it_follows_the_published_schema(schema: str, file: str) -> None:
    """As check-jsonschema carries it."""
    found = find_spec("check_jsonschema") or pytest.skip("check-jsonschema is not installed")
    assert found.submodule_search_locations
    vendored = Path(found.submodule_search_locations[0], "builtin_schemas", "vendor", f"{schema}.json")
    rules = json.loads(vendored.read_text("utf-8"))
    validator_for(rules)(rules).validate(yaml.safe_load((ROOT / file).read_text("utf-8")))


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_manifests_are_valid(path: Path) -> None:
    """Strictly: an unknown key is an error."""
    validate = pytest.importorskip("kubernetes_validate")
    for document in documents(path):
        validate.validate(document, "1.30", strict=True)
        assert "tts" == document["metadata"].get("namespace", document["metadata"]["name"])


def test_every_manifest_is_named() -> None:
    (custom,) = documents(DEPLOY / "kubernetes" / "kustomization.yaml")
    assert sorted(custom["resources"]) == [path.name for path in MANIFESTS]


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in MANIFESTS:
        for document in documents(path):
            if document["kind"] in ("Deployment", "StatefulSet"):
                yield document["metadata"]["name"], document["spec"]["template"]


def test_pods_have_no_rights() -> None:
    """What the namespace enforces (restricted), and a root that cannot be written."""
    found = dict(pods())
    assert {"tts-server", "tts-worker", "redis"} == set(found)
    for template in found.values():
        spec = template["spec"]
        assert spec["securityContext"]["runAsNonRoot"] and spec["securityContext"]["runAsUser"] > 0
        assert {"type": "RuntimeDefault"} == spec["securityContext"]["seccompProfile"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["enableServiceLinks"] is False  # TTS_SERVER_PORT would be such a link
        for container in spec["containers"]:
            assert {
                "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
            } == container["securityContext"]  # fmt: skip
            assert {"cpu", "memory"} <= set(container["resources"]["requests"])
            assert "memory" in container["resources"]["limits"]


def test_probes_ask_what_they_mean() -> None:
    """A busy voice is no reason for a restart; a pod without a voice gets no requests."""
    (server,) = dict(pods())["tts-server"]["spec"]["containers"]
    asked = {name: server[name]["httpGet"]["path"] for name in server if name.endswith("Probe")}
    assert {"startupProbe": "/ready", "readinessProbe": "/ready", "livenessProbe": "/live"} == asked


def test_nothing_is_reachable_but_what_is_named() -> None:
    policies = {p["metadata"]["name"]: p["spec"] for p in documents(DEPLOY / "kubernetes" / "network.yaml")}
    assert {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} == policies["nothing"]
    labels = {template["metadata"]["labels"]["app.kubernetes.io/name"] for _, template in pods()}
    assert {"tts-server", "tts-worker"} == set(policies["tts"]["podSelector"]["matchExpressions"][0]["values"])
    assert {"redis"} == labels - {"tts-server", "tts-worker"}


def test_compose_services_have_no_rights() -> None:
    (compose,) = documents(DEPLOY / "compose" / "compose.yaml")
    assert {"server", "worker", "redis", "prometheus", "grafana"} == set(compose["services"])
    for name, service in compose["services"].items():
        assert service["read_only"] and ["ALL"] == service["cap_drop"], name
        assert ["no-new-privileges:true"] == service["security_opt"] and service["mem_limit"], name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), name
    assert compose["networks"]["inside"]["internal"]


def test_compose_mounts_what_is_there() -> None:
    folder = DEPLOY / "compose"
    (compose,) = documents(folder / "compose.yaml")
    mounts = [mount for service in compose["services"].values() for mount in service.get("volumes", ())]
    sources = [mount.partition(":")[0] for mount in mounts]
    assert all((folder / source).is_file() for source in sources if source.startswith("."))
    assert set(compose["volumes"]) == {source for source in sources if not source.startswith(".")}
    build = compose["services"]["server"]["build"]
    assert (folder / build["context"] / build["dockerfile"]).is_file()
    (watched,) = documents(folder / "prometheus.yaml")
    targets = [target for job in watched["scrape_configs"] for target in job["static_configs"][0]["targets"]]
    assert {target.partition(":")[0] for target in targets} <= set(compose["services"])


def test_no_input_reaches_a_shell_as_code() -> None:
    """Inputs come as variables: an expression in a script is a way in."""
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    for step in action["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
    used = set(re.findall(r"inputs\.(\w+)", (ROOT / "action.yml").read_text("utf-8")))
    assert set(action["inputs"]) == used
