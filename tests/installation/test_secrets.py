"""`attune keys`: every secret of an installation, made once, never overwritten and never made anew."""

import contextlib
import stat
from pathlib import Path

import pytest

from deploy.installation import secrets
from deploy.installation.roles import ADMIN, GRAFANA, roles
from deploy.installation.secrets import read_password, renew_vault_key, write_secrets
from deploy.local import keys as local_keys
from deploy.local.errors import UserError
from deploy.local.files import write_whole
from deploy.local.keys import actor_public_of, open_keys
from shared.settings import SERVICES, from_env

NAMES = sorted([
    "event_key", "cursor_key", "actor_private_key", "actor_public_key", "operator_key", "token_key", "audit_key",
    *(f"vault_key_{service}" for service in SERVICES), *(f"vault_keys_before_{service}" for service in SERVICES),
    *(f"password_{role}" for role in (ADMIN, GRAFANA, *roles())),
])  # fmt: skip


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.name != ".made"}


def test_each_is_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    assert sorted(write_secrets(tmp_path / "keys")) == NAMES
    files = texts(tmp_path / "keys")
    assert sorted(files) == NAMES
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()} == {0o600}
    secret = [text for name, text in files.items() if "before" not in name]
    assert len(set(secret)) == len(secret), "no two are the same"
    assert actor_public_of(files["actor_private_key"]) == files["actor_public_key"]


def test_a_second_time_writes_nothing(tmp_path: Path) -> None:
    write_secrets(tmp_path)
    first = texts(tmp_path)
    assert write_secrets(tmp_path) == []
    assert texts(tmp_path) == first


def test_what_was_made_and_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    write_secrets(tmp_path)
    (tmp_path / "vault_key_intake").unlink()
    with pytest.raises(UserError, match="vault_key_intake was made here and is gone: restore it"):
        write_secrets(tmp_path)
    assert not (tmp_path / "vault_key_intake").exists()


def test_a_first_time_that_was_cut_off_is_finished(tmp_path: Path) -> None:
    write_secrets(tmp_path)
    first = texts(tmp_path)
    for name in (".made", "actor_public_key", "password_postgres"):
        (tmp_path / name).unlink()
    assert write_secrets(tmp_path) == ["actor_public_key", "password_postgres"]
    assert texts(tmp_path) == {**first, "password_postgres": (tmp_path / "password_postgres").read_text()}


def test_what_a_newer_version_adds_is_made(tmp_path: Path) -> None:
    write_secrets(tmp_path)
    (tmp_path / "token_key").unlink()
    made = (tmp_path / ".made").read_text().replace("token_key\n", "")
    (tmp_path / ".made").write_text(made)
    assert write_secrets(tmp_path) == ["token_key"]


def test_a_platform_of_one_machine_takes_its_keys_along(tmp_path: Path) -> None:
    open_keys(tmp_path / "keys", may_make=True)
    local_keys.renew_vault_key(tmp_path / "keys", "gateway")
    keys = open_keys(tmp_path / "keys", may_make=False)
    write_secrets(tmp_path / "apart", keys)
    files = texts(tmp_path / "apart")
    assert files["vault_keys_before_gateway"].strip() == keys.vaults_before["gateway"][0].hex()
    assert files["token_key"].strip() == keys.vaults_before["gateway"][0].hex(), "people's links go on"
    assert read_password(tmp_path / "apart", "attune_intake_app") == keys.password("attune_intake_app")


def test_a_process_starts_from_these_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_secrets(tmp_path)
    for name in (
        "EVENT_KEY",
        "CURSOR_KEY",
        "ACTOR_PRIVATE_KEY",
        "ACTOR_PUBLIC_KEY",
        "OPERATOR_KEY",
        "TOKEN_KEY",
    ):
        monkeypatch.setenv(f"ATTUNE_{name}_FILE", str(tmp_path / name.lower()))
    monkeypatch.setenv("ATTUNE_VAULT_KEY_FILE", str(tmp_path / "vault_key_gateway"))
    monkeypatch.setenv("ATTUNE_VAULT_KEYS_BEFORE_FILE", str(tmp_path / "vault_keys_before_gateway"))
    monkeypatch.setenv("ATTUNE_EVENT_LOG_URL", "kafka://kafka:9092")
    monkeypatch.setenv("ATTUNE_DATABASE_URL", "postgresql://attune_gateway_app@postgres/attune_gateway")
    monkeypatch.setenv("ATTUNE_DATABASE_PASSWORD_FILE", str(tmp_path / "password_attune_gateway_app"))
    monkeypatch.setenv(
        "ATTUNE_WORKER_DATABASE_URL", "postgresql://attune_gateway_worker@postgres/attune_gateway"
    )
    settings = from_env("gateway")
    password = read_password(tmp_path, "attune_gateway_app")
    assert settings.database_url == f"postgresql://attune_gateway_app:{password}@postgres/attune_gateway"
    assert settings.worker_database_url == "postgresql://attune_gateway_worker@postgres/attune_gateway"
    assert settings.vault_keys_before == ()


def test_a_folder_that_cant_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"the secrets can't be kept in .*file"):
        write_secrets(tmp_path / "file")
    with pytest.raises(UserError, match="password_attune_intake_app can't be read"):
        read_password(tmp_path, "attune_intake_app")


@pytest.mark.parametrize("writes", [0, 1, 2])
def test_a_renewal_that_is_cut_off_anywhere_leaves_keys_that_open_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    write_secrets(tmp_path)
    first, left = (tmp_path / "vault_key_intake").read_text().strip(), iter(range(writes))

    def write(path: Path, text: str) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        write_whole(path, text)

    with monkeypatch.context() as patched:
        patched.setattr(secrets, "write_whole", write)
        with contextlib.suppress(KeyboardInterrupt):
            renew_vault_key(tmp_path, "intake")
    renew_vault_key(tmp_path, "intake")
    now, before = (texts(tmp_path)[f"vault_{name}_intake"].strip() for name in ("key", "keys_before"))
    assert first in before.split(",")
    assert len({now, *before.split(",")}) == {0: 2, 1: 2, 2: 3}[writes]
    assert texts(tmp_path)["vault_keys_before_notify"] == "\n"
