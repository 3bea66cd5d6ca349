"""Keys are made once and never made anew."""

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.local import keys
from deploy.local.errors import UserError
from deploy.local.files import write_whole
from deploy.local.keys import open_keys, renew_vault_key

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
    made = open_keys(folder, may_make=False)
    assert made.operator not in repr(made)


def test_a_renewed_key_leaves_the_one_before_beside_it(folder: Path) -> None:
    first = open_keys(folder, may_make=False)
    renew_vault_key(folder, "intake")
    renew_vault_key(folder, "intake")
    now = open_keys(folder, may_make=False)
    assert now.vaults["intake"] != first.vaults["intake"]
    assert len(now.vaults_before["intake"]) == 2
    assert now.vaults_before["intake"][-1] == first.vaults["intake"]
    assert now.vaults["notify"] == first.vaults["notify"]
    assert now.vaults_before["notify"] == ()
    assert stat.S_IMODE((folder / "vault_intake.before").stat().st_mode) == 0o600


@pytest.mark.parametrize("is_there", [True, False])
def test_what_tokens_are_made_from_stays_when_the_gateway_s_key_is_renewed(
    folder: Path, is_there: bool
) -> None:
    first = open_keys(folder, may_make=False)
    assert first.token is None
    renew_vault_key(folder, "intake")
    assert open_keys(folder, may_make=False).token is None
    renew_vault_key(folder, "gateway")
    if not is_there:  # renewed by a version that did not keep it
        (folder / "token.key").unlink()
        sums = json.loads((folder / "sums.json").read_text())
        del sums["token.key"]
        (folder / "sums.json").write_text(json.dumps(sums))
        assert open_keys(folder, may_make=False).token == first.vaults["gateway"]
    renew_vault_key(folder, "gateway")
    (
        folder / "vault_gateway.before"
    ).unlink()  # as after a rotation: nothing lies under the older keys any more
    renew_vault_key(folder, "gateway")
    now = open_keys(folder, may_make=False)
    assert now.token == first.vaults["gateway"] != now.vaults["gateway"]
    assert stat.S_IMODE((folder / "token.key").stat().st_mode) == 0o600


@pytest.mark.parametrize(("text", "said"), [(None, "missing"), ("00" * 32 + "\n", "damaged")])
def test_a_token_key_that_is_lost_or_another_is_named(folder: Path, text: str | None, said: str) -> None:
    renew_vault_key(folder, "gateway")
    (folder / "token.key").unlink()
    if text is not None:
        (folder / "token.key").write_text(text)
    with pytest.raises(UserError, match=rf"token\.key is {said}"):
        open_keys(folder, may_make=True)


@pytest.mark.parametrize(
    ("service", "writes"),
    [*(("intake", writes) for writes in range(4)), *(("gateway", writes) for writes in range(6))],
)
def test_a_renewal_that_is_cut_off_anywhere_leaves_keys_that_open_everything(
    folder: Path, monkeypatch: pytest.MonkeyPatch, service: str, writes: int
) -> None:
    first, left = open_keys(folder, may_make=False), iter(range(writes))

    def write(path: Path, text: str) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        write_whole(path, text)

    with monkeypatch.context() as patched:
        patched.setattr(keys, "write_whole", write)
        with pytest.raises(KeyboardInterrupt):
            renew_vault_key(folder, service)
    for _ in range(2):
        now = open_keys(folder, may_make=False)
        assert first.vaults[service] in (now.vaults[service], *now.vaults_before[service])
        assert (now.token or now.vaults["gateway"]) == first.vaults["gateway"]
        renew_vault_key(folder, service)


def test_a_damaged_older_key_is_named(folder: Path) -> None:
    (folder / "vault_intake.before").write_text("00")
    with pytest.raises(UserError, match=r"vault_intake\.before is damaged"):
        open_keys(folder, may_make=False)
