"""Each process gets every setting that it needs, from files that hold its own secrets and no others."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deploy.installation.secrets import write_secrets
from shared.settings import Settings, from_env, required_database_url
from tests.kubernetes.rendered import OVERLAYS, SERVICES, WITH_TRACES, Manifest, Pods, named, of_kind, pods

OF_ALL = {"event_key", "cursor_key", "actor_public_key"}
OF_GATEWAY_WEB = {"actor_private_key", "operator_key", "token_key"}


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `attune keys` makes: the Secret attune-keys has a key for each file. And the one of mail-server."""
    folder = tmp_path_factory.mktemp("keys")
    write_secrets(folder)
    (folder / "url").write_text("smtps://clinic:secret@mail.example.org\n")
    return folder


PROCESSES = [one for one in pods("production", "local") if one.kind == "Deployment"]


def environment(one: Pods, container: Manifest, secrets: Path) -> dict[str, str]:
    """What kubelet would put there, with paths of mounted secrets turned into those of the folder."""
    made: dict[str, str] = {}
    for source in container.get("envFrom", []):
        made |= named(one.overlay, "ConfigMap", source["configMapRef"]["name"])["data"]
    for variable in container.get("env", []):
        made[variable["name"]] = expand(value_of(variable, one), made)
    mounts = mounted(container, made)
    return {name: str(secrets / mounts[value]) if value in mounts else value for name, value in made.items()}


def value_of(variable: Manifest, one: Pods) -> str:
    if "value" in variable:
        return str(variable["value"])
    path = variable["valueFrom"]["fieldRef"]["fieldPath"]
    if path == "metadata.name":
        return f"{one.name}-7c9d5b8f4-x2x7k"
    label = re.fullmatch(r"metadata\.labels\['(.*)'\]", path)
    assert label is not None
    return one.labels[label[1]]


def expand(text: str, known: Mapping[str, str]) -> str:
    return re.sub(r"\$\((\w+)\)", lambda found: known[found[1]], text)


def mounted(container: Manifest, known: Mapping[str, str]) -> dict[str, str]:
    """Mount path of each secret → its file's name."""
    return {
        mount["mountPath"]: expand(mount.get("subPathExpr", mount.get("subPath", "")), known)
        for mount in container["volumeMounts"]
        if mount["name"] in ("keys", "mail-server")
    }


def settings_of(one: Pods, secrets: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in [name for name in os.environ if name.startswith("ATTUNE_")]:
        monkeypatch.delenv(name)
    for name, value in environment(one, one.main, secrets).items():
        monkeypatch.setenv(name, value)
    return from_env(expand(one.main["args"][1], os.environ))


@pytest.mark.parametrize("one", PROCESSES, ids=str)
def test_a_process_starts_with_what_it_is_given(
    one: Pods, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = settings_of(one, secrets, monkeypatch)
    service, process = one.name.split("-")
    assert found.service == service
    for url, role in ((found.database_url, "app"), (found.worker_database_url, "worker")):
        password = (secrets / f"password_attune_{service}_{role}").read_text().strip()
        assert url == f"postgresql://attune_{service}_{role}:{password}@postgres-rw:5432/attune_{service}"
    assert found.vault_key.hex() == (secrets / f"vault_key_{service}").read_text().strip()
    assert found.event_log_url == "kafka://event-log-kafka-bootstrap:9092"
    assert found.erasures_file == Path(f"/outside/erasures/{service}.jsonl")
    assert (found.audit_key is not None) == (process == "worker")
    if process == "worker":
        assert found.audit_folder == Path("/outside/audit")
        assert (found.instance, found.leaves_group) == (f"{one.name}-7c9d5b8f4-x2x7k", True)
    is_gateway = one.name == "gateway-web"
    assert (found.actor_private_key is not None) == (found.operator_key is not None) == is_gateway
    assert (found.token_key is not None) == (service == "gateway")
    if is_gateway:
        services = {name for name in SERVICES if name != "gateway"}
        assert dict(found.service_urls) == {name: f"http://{name}-web:8000" for name in services}
        assert dict(found.worker_urls) == {name: f"http://{name}-worker:9000" for name in SERVICES}
        assert found.trusted_proxies == (1 if one.overlay == "production" else 0)
    if one.overlay == "production":  # its address holds a login
        assert (found.smtp_url == "smtps://clinic:secret@mail.example.org") == (one.name == "notify-worker")
        assert (found.smtp_url is None) == (one.name != "notify-worker")


@pytest.mark.parametrize("one", PROCESSES, ids=str)
def test_a_process_sees_no_secret_but_its_own(one: Pods) -> None:
    service, process = one.name.split("-")
    own = {f"password_attune_{service}_app", f"password_attune_{service}_worker"}
    own |= {*OF_ALL, f"vault_key_{service}", f"vault_keys_before_{service}"}
    own |= {"audit_key"} if process == "worker" else set()
    own |= OF_GATEWAY_WEB if one.name == "gateway-web" else set()
    own |= {"token_key"} if one.name == "gateway-worker" else set()
    own |= {"url"} if (one.overlay, one.name) == ("production", "notify-worker") else set()
    [init] = one.spec["initContainers"]
    assert set(mounted(one.main, {"SERVICE": service}).values()) == own
    assert set(mounted(init, {"SERVICE": service}).values()) == {f"password_attune_{service}_app"}
    assert all(mount["readOnly"] for mount in one.main["volumeMounts"] if mount["name"] == "keys")
    [outside] = [mount for mount in one.main["volumeMounts"] if mount["name"] == "outside"]
    assert outside.get("readOnly", False) == (process == "web")


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_migrations_have_the_owners_password_and_nothing_else(
    overlay: str, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in (one for one in pods(overlay) if one.kind == "Job" and "migrate" in one.name):
        service = one.name.split("-")[0]
        for container in one.containers:
            assert list(mounted(container, {"SERVICE": service}).values()) == [
                f"password_attune_{service}_owner"
            ]
        for name, value in environment(one, one.main, secrets).items():
            monkeypatch.setenv(name, value)
        password = (secrets / f"password_attune_{service}_owner").read_text().strip()
        assert required_database_url("OWNER_DATABASE") == (
            f"postgresql://attune_{service}_owner:{password}@postgres-rw:5432/attune_{service}"
        )


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_pod_waits_for_what_it_stands_on(overlay: str) -> None:
    for one in pods(overlay):
        if one.kind == "Deployment":
            assert one.spec["initContainers"][0]["args"] == ["await", "schema", "$(SERVICE)"]
        elif one.kind == "Job":
            waits_for = ["admin"] if one.name.startswith("databases") else ["owner", "$(SERVICE)"]
            assert one.spec["initContainers"][0]["args"] == ["await", *waits_for]


def test_a_changed_setting_changes_the_pods() -> None:
    [settings] = [one for one in of_kind("production", "ConfigMap") if one["metadata"]["name"] != "release"]
    assert re.fullmatch(r"settings-[a-z0-9]{10}", settings["metadata"]["name"])


@pytest.mark.parametrize("one", [one for one in pods(WITH_TRACES) if one.kind == "Deployment"], ids=str)
def test_traces_go_to_the_collector_that_the_policy_lets_through(
    one: Pods, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = settings_of(one, secrets, monkeypatch).traces
    assert found is not None
    assert 0 < found.share <= 1
    url = urlsplit(found.url)
    [rule] = named(WITH_TRACES, "NetworkPolicy", "processes-send-traces")["spec"]["egress"]
    [peer] = rule["to"]
    [namespace] = peer["namespaceSelector"]["matchLabels"].values()
    assert [url.port] == [entry["port"] for entry in rule["ports"]]
    assert str(url.hostname).split(".")[1:] == [namespace, "svc"]


@pytest.mark.parametrize("one", PROCESSES, ids=str)
def test_without_the_component_nothing_is_traced(
    one: Pods, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings_of(one, secrets, monkeypatch).traces is None
