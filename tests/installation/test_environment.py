"""A setting comes from its variable, from the file that is named for it, or from the folder of secrets."""

from pathlib import Path

import pytest

from shared.environment import Environment
from shared.settings import SettingsError, from_env


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("ATTUNE_TOKEN_KEY", "ATTUNE_TOKEN_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ATTUNE_KEYS", str(tmp_path))
    (tmp_path / "token_key").write_text("of the folder\n")
    return tmp_path


def test_the_folder_stands_in_where_nothing_else_says(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Environment().str("ATTUNE_TOKEN_KEY") == "of the folder"
    assert Environment().has("ATTUNE_TOKEN_KEY")
    (folder / "other").write_text("of a file\n")
    monkeypatch.setenv("ATTUNE_TOKEN_KEY_FILE", str(folder / "other"))
    assert Environment().str("ATTUNE_TOKEN_KEY") == "of a file"
    monkeypatch.delenv("ATTUNE_TOKEN_KEY_FILE")
    monkeypatch.setenv("ATTUNE_TOKEN_KEY", "of the variable")
    assert Environment().str("ATTUNE_TOKEN_KEY") == "of the variable"


def test_what_no_place_says_is_missing(folder: Path) -> None:
    assert not Environment().has("ATTUNE_CURSOR_KEY")
    assert Environment().str("ATTUNE_CURSOR_KEY", "the default") == "the default"


def test_a_secret_that_cant_be_read_is_named_and_not_passed_over(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "event_key").mkdir()  # root reads any file, but no folder
    monkeypatch.setenv("ATTUNE_DATABASE_URL", "postgresql://x")
    monkeypatch.setenv("ATTUNE_WORKER_DATABASE_URL", "postgresql://x")
    monkeypatch.setenv("ATTUNE_EVENT_LOG_URL", "kafka://x")
    monkeypatch.delenv("ATTUNE_EVENT_KEY", raising=False)
    with pytest.raises(SettingsError, match="event_key can't be read: Is a directory"):
        from_env("intake")
