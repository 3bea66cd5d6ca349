"""docker-compose.yml: every container is contained, every process has its settings, and only Caddy is reached."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.installation.apart import group_of, lay_apart, needs
from deploy.installation.secrets import read_password, write_secrets
from shared.settings import SERVICES, from_env, required_database_url
from tests.installation.composed import KEYS, PROCESSES, ROOT, composed, is_once, services

NAMES = sorted(services())


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    write_secrets(folder)
    lay_apart(folder, group_for=lambda _: folder.stat().st_gid)
    return folder


def give(monkeypatch: pytest.MonkeyPatch, name: str, keys: Path) -> None:
    """The environment of a container, on this machine."""
    for variable, value in services()[name]["environment"].items():
        monkeypatch.setenv(variable, value.replace(KEYS, str(keys)))


def test_it_has_every_process() -> None:
    wanted = {*SERVICES, *(f"{name}-worker" for name in SERVICES), *(f"migrate-{name}" for name in SERVICES)}
    assert {
        *wanted,
        "databases",
        "keys",
        "postgres",
        "kafka",
        "caddy",
        "mail",
        "prometheus",
        "alertmanager",
        "grafana",
        "backup",
        "restore",
    } == set(NAMES)
    for name in SERVICES:
        assert services()[name]["command"] == ["serve", name]
        assert services()[f"{name}-worker"]["command"] == ["work", name]
        assert services()[f"migrate-{name}"]["command"] == ["migrate", name]


@pytest.mark.parametrize("name", NAMES)
def test_each_is_contained(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    user = service["user"].split(":")[0]
    assert user.isdigit(), "a number: a name tells the engine nothing"
    assert int(user) > 0
    limits = service["deploy"]["resources"]["limits"]
    assert all(float(limits[what]) > 0 for what in ("cpus", "memory", "pids"))
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}
    if not is_once(service):
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"]


def test_only_caddy_is_reached_from_outside_and_on_this_machine_by_default() -> None:
    published = {name: one["ports"] for name, one in services().items() if one.get("ports")}
    assert set(published) == {"caddy"}
    assert {port["host_ip"] for port in published["caddy"]} == {"127.0.0.1"}
    assert {name for name, one in composed()["networks"].items() if not one.get("internal")} == {"outside"}
    outside = {name for name, one in services().items() if "outside" in one.get("networks", {})}
    assert outside == {"caddy", "gateway", "notify-worker", "alertmanager"}


def test_services_meet_only_the_gateway_and_what_they_keep_things_in() -> None:
    members: dict[str, set[str]] = {}
    for name, one in services().items():
        for network in one.get("networks", {}):
            members.setdefault(network, set()).add(name)
    for service in SERVICES[:-1]:
        own = {service, f"{service}-worker", f"migrate-{service}"}
        assert members[service] - {"mail", "prometheus"} == {*own, "gateway", "postgres"}
    keeping = {"backup", "restore"}
    assert members["events"] == {"kafka", *(f"{name}-worker" for name in SERVICES), *keeping}
    assert members["setup"] == {"databases", "postgres", *keeping}


@pytest.mark.parametrize("name", NAMES)
def test_every_image_is_a_variable_with_a_version(name: str) -> None:
    raw = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"][name]["image"]
    variable, default = re.fullmatch(r"\$\{([A-Z]+_IMAGE):-([^}]+)\}", raw).groups()  # type: ignore[union-attr]
    assert re.search(r":v?\d+", default), "a version, not what is newest"
    assert variable in (ROOT / ".env.example").read_text()


@pytest.mark.parametrize("name", PROCESSES)
def test_every_process_starts_with_what_it_is_given(
    name: str, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, name, keys)
    service, _, kind = name.partition("-")
    settings = from_env(service)
    role = "worker" if kind else "app"
    url = settings.worker_database_url if kind else settings.database_url
    password = read_password(keys, f"attune_{service}_{role}")
    assert url == f"postgresql://attune_{service}_{role}:{password}@postgres/attune_{service}"
    assert settings.event_log_url == "kafka://kafka:9092"
    assert str(settings.erasures_file) == f"/var/lib/attune/erasures/{service}.jsonl"
    if kind:
        assert settings.audit_key
        assert str(settings.audit_folder) == "/var/lib/attune/audit"
        assert ":" not in settings.database_url.split("@")[0].removeprefix("postgresql://"), (
            "no other's password"
        )
    if name == "gateway":
        assert None not in (settings.actor_private_key, settings.operator_key, settings.token_key)
        assert set(settings.service_urls) == set(SERVICES) - {"gateway"}
        assert set(settings.worker_urls) == set(SERVICES)
        assert settings.trusted_proxies == 1
    else:
        assert settings.actor_private_key is None
        assert settings.operator_key is None


@pytest.mark.parametrize("name", ["databases", *(f"migrate-{service}" for service in SERVICES)])
def test_what_runs_once_knows_its_database(name: str, keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, name, keys)
    kind = "ADMIN" if name == "databases" else "OWNER"
    role = "postgres" if name == "databases" else f"attune_{name.removeprefix('migrate-')}_owner"
    assert f"//{role}:{read_password(keys, role)}@postgres/" in required_database_url(f"{kind}_DATABASE")


@pytest.mark.parametrize("name", sorted(needs()))
def test_each_is_in_the_group_of_its_secrets(name: str) -> None:
    service = services()[name]
    assert service["group_add"] == [str(group_of(name))]
    keys = [one for one in service["volumes"] if one["target"] == KEYS]
    assert [(one["source"], one["read_only"]) for one in keys] == [("keys", True)]


def test_who_makes_the_secrets_is_in_every_group_and_on_no_network() -> None:
    keys = services()["keys"]
    assert sorted(keys["group_add"]) == sorted(str(group_of(name)) for name in needs())
    assert keys["network_mode"] == "none"


def test_nothing_starts_before_what_it_needs() -> None:
    def waits(name: str) -> dict[str, str]:
        return {other: one["condition"] for other, one in services()[name].get("depends_on", {}).items()}

    assert waits("postgres") == {"keys": "service_completed_successfully"}
    assert waits("databases") == {"postgres": "service_healthy"}
    for service in SERVICES:
        assert waits(f"migrate-{service}") == {"databases": "service_completed_successfully"}
        for process in (service, f"{service}-worker"):
            assert waits(process)[f"migrate-{service}"] == "service_completed_successfully"
        assert waits(f"{service}-worker")["kafka"] == "service_healthy"
    assert waits("caddy") == {"gateway": "service_healthy"}


def test_what_is_kept_has_a_volume_of_its_own() -> None:
    assert set(composed()["volumes"]) == {
        "keys", "postgres", "kafka", "audit", "erasures", "tls", "mail", "prometheus", "grafana",
        "alertmanager", "alerts", "backups", "ledgers",
    }  # fmt: skip


def test_every_variable_is_explained() -> None:
    text = (ROOT / "docker-compose.yml").read_text() + (ROOT / "compose.dev.yml").read_text()
    used = set(re.findall(r"\$\{([A-Z_]+)", text))
    explained = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert used == explained - {"COMPOSE_PROFILES"}


def test_development_publishes_on_this_machine_only() -> None:
    found: Any = composed("compose.dev.yml")["services"]
    assert {name: {port["host_ip"] for port in one["ports"]} for name, one in found.items()} == {
        "postgres": {"127.0.0.1"}, "kafka": {"127.0.0.1"},
    }  # fmt: skip
    assert not any(one.get("depends_on") for one in found.values())
