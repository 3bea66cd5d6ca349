"""The services backup and restore: asked for by name, with what they need of secrets and volumes, and no more."""

from pathlib import Path
from typing import Any

import pytest

from deploy.installation.apart import lay_apart, needs
from deploy.installation.secrets import read_password, write_secrets
from deploy.local.backup.opening import read_opening
from deploy.local.backup.place import admin_url_of, kafka_of
from shared.settings import SERVICES
from tests.installation.composed import KEYS, composed, services

KEEPING = ("backup", "restore")


def mounts(name: str, **variables: str) -> dict[str, tuple[str, str, bool]]:
    volumes: Any = composed(**variables)["services"][name]["volumes"]
    return {one["target"]: (one["type"], one["source"], one.get("read_only", False)) for one in volumes}


@pytest.mark.parametrize("name", KEEPING)
def test_it_runs_when_it_is_asked_for_and_reaches_the_database_and_the_log_alone(name: str) -> None:
    service = services()[name]
    assert service["profiles"] == [name]
    assert service["restart"] == "no"
    assert set(service["networks"]) == {"setup", "events"}
    assert service["entrypoint"] == ["attune", name]
    assert service["environment"]["ATTUNE_KEYS"] == f"{KEYS}/for/{name}"


def test_a_backup_starts_nothing_and_changes_nothing() -> None:
    backup = services()["backup"]
    assert not backup.get("depends_on"), "what runs could be made anew for it"
    assert backup["command"] == ["/backups", "--dated"]
    assert {target for target, (_, _, is_read_only) in mounts("backup").items() if not is_read_only} == {
        "/backups", "/ledgers",
    }  # fmt: skip


def test_a_restore_changes_the_databases_and_the_ledgers_alone() -> None:
    assert set(services()["restore"]["depends_on"]) == {"postgres", "kafka"}
    assert services()["restore"]["command"] == ["--help"], "it names no backup by itself"
    assert {target for target, (_, _, is_read_only) in mounts("restore").items() if not is_read_only} == {
        "/var/lib/attune/erasures", "/var/lib/attune/audit",
    }  # fmt: skip


@pytest.mark.parametrize("name", KEEPING)
def test_backups_and_ledgers_may_lie_in_folders_of_this_machine(name: str) -> None:
    apart = mounts(name, ATTUNE_BACKUPS="/mnt/nas/attune", ATTUNE_LEDGERS="/mnt/usb/ledgers")
    assert apart["/backups"][:2] == ("bind", "/mnt/nas/attune")
    assert apart["/ledgers"][:2] == ("bind", "/mnt/usb/ledgers")
    assert mounts(name)["/backups"][:2] == ("volume", "backups")


@pytest.mark.P3
def test_who_makes_backups_can_open_none() -> None:
    assert set(needs()["backup"]) == {"admin_database_password"}
    signs = {"actor_private_key", "operator_key", "token_key", "audit_key"}
    assert not signs & set(needs()["restore"]), "a restore speaks for nobody"


@pytest.mark.parametrize("name", KEEPING)
def test_they_find_the_server_the_log_and_the_keys(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_secrets(tmp_path)
    lay_apart(tmp_path, group_for=lambda _: tmp_path.stat().st_gid)
    for variable, value in services()[name]["environment"].items():
        monkeypatch.setenv(variable, value.replace(KEYS, str(tmp_path)))
    assert (
        admin_url_of(None) == f"postgresql://postgres:{read_password(tmp_path, 'postgres')}@postgres/postgres"
    )
    assert kafka_of(None) == "kafka:9092"
    if name == "restore":
        opening = read_opening(tmp_path / "for" / "restore")
        assert opening.vaults["intake"].hex() == (tmp_path / "vault_key_intake").read_text().strip()
        for service in SERVICES:
            role = f"attune_{service}_owner"
            assert opening.password(role) == read_password(tmp_path, role)
