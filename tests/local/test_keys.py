"""Keys are made once and never made anew."""

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.local.errors import UserError
from deploy.local.keys import open_keys

FILES = [
    "actor_private.pem", "actor_public.pem", "audit_private.pem", "cursor.key", "database.key", "event.key",
    "operator.key", "sums.json", "vault_gateway.key", "vault_intake.key", "vault_integration.key", "vault_notify.key",
    "vault_sessions.key",
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    open_keys(tmp_path / "keys", may_make=True)
    return tmp_path / "keys"


def test_they_are_the_same_at_every_start_and_all_differ(folder: Path) -> None:
    first, second = open_keys(folder, may_make=False), open_keys(folder, may_make=True)
    assert first == second
    assert len({first.event, first.cursor, first.database, *first.vaults.values()}) == 8
    assert first.password("attune_intake_app") != first.password("attune_intake_worker")


def test_their_files_are_for_their_owner_alone(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", FILES)
def test_a_missing_one_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(UserError, match=f"{name} is missing"):
        open_keys(folder, may_make=True)
    assert not (folder / name).exists()


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("text", ["", "{}", "00", "not a key at all"])
def test_a_damaged_one_is_named(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    with pytest.raises(UserError, match=f"{name} is damaged"):
        open_keys(folder, may_make=True)


def test_keys_from_before_the_audit_get_one_for_it_and_keep_the_others(folder: Path) -> None:
    before = open_keys(folder, may_make=False)
    (folder / "audit_private.pem").unlink()
    sums = json.loads((folder / "sums.json").read_text())
    del sums["audit_private.pem"]
    (folder / "sums.json").write_text(json.dumps(sums))
    after = open_keys(folder, may_make=False)
    assert after.audit_private != before.audit_private
    assert replace(after, audit_private=before.audit_private) == before
    assert open_keys(folder, may_make=False) == after


def test_one_changed_digit_is_noticed(folder: Path) -> None:
    key = (folder / "vault_intake.key").read_text()
    (folder / "vault_intake.key").write_text(("1" if key[0] == "0" else "0") + key[1:])
    with pytest.raises(UserError, match=r"vault_intake\.key is damaged"):
        open_keys(folder, may_make=False)


def test_a_folder_with_data_but_no_keys_does_not_get_new_ones(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="keys is missing"):
        open_keys(tmp_path / "keys", may_make=False)
    assert not (tmp_path / "keys").exists()


def test_they_are_not_printed_by_accident(folder: Path) -> None:
    keys = open_keys(folder, may_make=False)
    assert keys.operator not in repr(keys)
