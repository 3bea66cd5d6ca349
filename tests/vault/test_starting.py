"""A service that can't open what lies in its database does not begin, and says so in one line."""

import secrets
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from deploy.local.errors import UserError
from deploy.local.vault.door import open_door
from shared.db.tenancy import Scope
from shared.settings import Settings, SettingsError, from_env
from shared.vault.opening import VaultShut, try_keys
from shared.vault.providers import name_of
from tests.events_cli.clinic import Clinic, attune
from tests.events_cli.test_access import worker_environment
from tests.vault.room import Room
from tests.world.world import World

OTHER = secrets.token_bytes(32)


@pytest.fixture
def settings(world: World, room: Room) -> Settings:
    room.wrote("words")
    return world.sides["integration"].settings


def test_the_right_key_opens_the_door(settings: Settings) -> None:
    assert open_door(settings) == 0
    assert open_door(replace(settings, vault_key=OTHER, vault_keys_before=(settings.vault_key,))) == 0


def test_a_wrong_key_keeps_it_shut_with_one_line_that_names_both(settings: Settings) -> None:
    with pytest.raises(UserError) as told:
        open_door(replace(settings, vault_key=OTHER))
    line = str(told.value)
    assert name_of(settings.vault_key) in line
    assert name_of(OTHER) in line
    assert "integration" in line
    assert "\n" not in line
    assert OTHER.hex() not in line
    assert settings.vault_key.hex() not in line


def test_a_changed_row_among_the_newest_keeps_it_shut(settings: Settings, room: Room) -> None:
    changed = "UPDATE data_key SET wrapped = '\\x00' || wrapped WHERE owner_id = :owner"
    with room.taken_back() as db:
        db.execute(text(changed), {"owner": room.writer})
        with pytest.raises(VaultShut, match="does not open under the key"):
            try_keys(db, "integration", db.info["vault"].provider)


def test_a_damaged_ledger_keeps_it_shut(settings: Settings, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    ledger.write_text("{}\n")
    with pytest.raises(UserError, match="line 1 of"):
        open_door(replace(settings, erasures_file=ledger))


def test_serve_and_work_begin_at_the_door(clinic: Clinic) -> None:
    """The commands themselves, with a key that is not the one in use."""
    with (
        clinic.access.database("notify") as database,
        database.transaction(Scope(uuid4(), role="worker")) as db,
    ):
        db.info["vault"].blind_index(db, "anything", "makes a data key")
    environment = worker_environment(clinic, "notify") | {"ATTUNE_VAULT_KEY": OTHER.hex()}
    for command in ("serve", "work"):
        binds = {"ATTUNE_BIND": "127.0.0.1:0", "ATTUNE_INTERNAL_BIND": "127.0.0.1:0"}
        done = attune(command, "notify", **environment, **binds)
        assert done.code == 1
        assert "the vault of notify stays shut" in done.err
        assert len(done.err.splitlines()) == 1


def test_older_keys_come_from_the_environment_or_a_file(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    known = world.sides["gateway"].settings
    for name in ("database_url", "worker_database_url", "event_log_url"):
        monkeypatch.setenv(f"ATTUNE_{name.upper()}", getattr(known, name))
    for name in ("event_key", "vault_key", "cursor_key"):
        monkeypatch.setenv(f"ATTUNE_{name.upper()}", getattr(known, name).hex())
    monkeypatch.setenv("ATTUNE_ACTOR_PUBLIC_KEY", known.actor_public_key.decode())
    assert from_env("intake").vault_keys_before == ()
    file = tmp_path / "before"
    file.write_text(f"{OTHER.hex()}, {bytes(32).hex()}\n")
    monkeypatch.setenv("ATTUNE_VAULT_KEYS_BEFORE_FILE", str(file))
    monkeypatch.setenv("ATTUNE_ERASURES_FILE", str(tmp_path / "erased"))
    assert from_env("intake").vault_keys_before == (OTHER, bytes(32))
    assert from_env("intake").erasures_file == tmp_path / "erased"
    with pytest.raises(SettingsError, match="needs ATTUNE_TOKEN_KEY"):
        from_env("gateway")
    monkeypatch.setenv("ATTUNE_TOKEN_KEY", OTHER.hex())
    assert from_env("gateway").token_key == OTHER
    file.write_text("not a key")
    with pytest.raises(SettingsError, match="ATTUNE_VAULT_KEYS_BEFORE must be 64"):
        from_env("intake")
