"""The secrets for a restore, from the folder of `attune keys`: what they are, and that nothing damaged passes."""

from pathlib import Path

import pytest

from deploy.installation.secrets import renew_vault_key, write_secrets
from deploy.local.backup.opening import holds_keys, is_installation, opening_of, read_opening
from deploy.local.errors import UserError
from deploy.local.keys import open_keys
from shared.settings import SERVICES


def test_a_platform_that_moved_is_opened_by_either_folder(tmp_path: Path) -> None:
    keys = open_keys(tmp_path / "one", may_make=True)
    write_secrets(tmp_path / "many", keys)
    here, there = opening_of(keys), read_opening(tmp_path / "many")
    for name in ("event", "cursor", "actor_public", "vaults", "vaults_before"):
        assert getattr(here, name) == getattr(there, name)
    assert {here.password(f"attune_{one}_app") for one in SERVICES} == {
        there.password(f"attune_{one}_app") for one in SERVICES
    }
    assert repr(keys.event) not in repr(there)


def test_the_folders_are_told_apart(tmp_path: Path) -> None:
    open_keys(tmp_path / "one", may_make=True)
    write_secrets(tmp_path / "many")
    assert [is_installation(tmp_path / name) for name in ("one", "many", "none")] == [False, True, False]
    assert [holds_keys(tmp_path / name) for name in ("one", "many", "none")] == [True, True, False]


def test_older_keys_of_a_vault_open_older_words(tmp_path: Path) -> None:
    write_secrets(tmp_path)
    first = read_opening(tmp_path).vaults["notify"]
    renew_vault_key(tmp_path, "notify")
    renew_vault_key(tmp_path, "notify")
    opening = read_opening(tmp_path)
    assert opening.vaults_before["notify"][-1] == first
    assert len({*opening.vaults_before["notify"], opening.vaults["notify"]}) == 3


@pytest.mark.parametrize("name", ["event_key", "vault_key_intake", "vault_keys_before_gateway"])
@pytest.mark.parametrize(
    ("text", "said"), [("ab", "is damaged"), ("no digits", "is damaged"), (None, "is missing")]
)
def test_what_is_amiss_is_named(tmp_path: Path, name: str, text: str | None, said: str) -> None:
    write_secrets(tmp_path)
    (tmp_path / name).unlink()
    if text is not None:
        (tmp_path / name).write_text(text)
    if name == "event_key" and text is None:
        assert not is_installation(tmp_path)
    with pytest.raises(UserError, match=f"{name} {said}: restore it from a copy"):
        read_opening(tmp_path)


def test_an_empty_file_is_no_key(tmp_path: Path) -> None:
    write_secrets(tmp_path)
    (tmp_path / "cursor_key").write_text("\n")
    with pytest.raises(UserError, match="cursor_key is damaged"):
        read_opening(tmp_path)
