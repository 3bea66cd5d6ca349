"""Where a backup's parts lie: given on the command line, or in the settings that the other processes have."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.local.backup import place
from deploy.local.backup.place import admin_url_of, in_one_line, in_time, kafka_of
from deploy.local.errors import UserError
from shared.settings import SettingsError
from tests.local.test_cli import attune

ADMIN = "ATTUNE_ADMIN_DATABASE"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("URL", "URL_FILE", "PASSWORD", "PASSWORD_FILE"):
        monkeypatch.delenv(f"{ADMIN}_{name}", raising=False)
    for name in ("ATTUNE_EVENT_LOG_URL", "ATTUNE_EVENT_LOG_URL_FILE", "ATTUNE_KEYS"):
        monkeypatch.delenv(name, raising=False)


def test_without_a_server_it_is_the_data_folder_s() -> None:
    assert admin_url_of(None) is None
    assert kafka_of(None) is None


def test_the_login_comes_in_parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "word").write_text("se/cret\n")
    monkeypatch.setenv(f"{ADMIN}_URL", "postgresql://postgres@db/postgres")
    monkeypatch.setenv(f"{ADMIN}_PASSWORD_FILE", str(tmp_path / "word"))
    assert admin_url_of(None) == "postgresql://postgres:se%2Fcret@db/postgres"
    assert admin_url_of("postgresql://me@here/postgres") == "postgresql://me@here/postgres"


def test_a_login_that_cant_be_read_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{ADMIN}_URL_FILE", "/nowhere/at/all")
    with pytest.raises(SettingsError, match="must be a readable file"):
        admin_url_of(None)


@pytest.mark.parametrize(
    ("url", "kafka"),
    [
        ("kafka://one:9092,two:9092", "one:9092,two:9092"),
        ("postgresql://owner@db/attune_events", None),
        ("", None),
    ],
)
def test_the_log_is_that_of_the_processes(
    monkeypatch: pytest.MonkeyPatch, url: str, kafka: str | None
) -> None:
    monkeypatch.setenv("ATTUNE_EVENT_LOG_URL", url)
    assert kafka_of(None) == kafka
    assert kafka_of("mine:9092") == "mine:9092"


def test_names_sort_by_time() -> None:
    assert in_time(Path("/backups"), datetime(2026, 11, 26, 3, 30, 5, tzinfo=UTC)) == Path(
        "/backups/2026-11-26T033005Z"
    )


def test_a_container_s_user_has_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 10001")

    monkeypatch.setattr(place.getpass, "getuser", nobody)
    with pytest.raises(UserError, match="--by NAME"):
        place.person()


def test_the_password_of_the_settings_reaches_the_server(tmp_path: Path) -> None:
    """Nobody is there; but it was looked for there, and not in a data folder."""
    for command in (["backup", str(tmp_path / "new")], ["backup", str(tmp_path), "--dated"]):
        done = attune(
            *command,
            ATTUNE_ADMIN_DATABASE_URL="postgresql://a@127.0.0.1:1/x",
            ATTUNE_ADMIN_DATABASE_PASSWORD="b",
        )
        assert done.returncode == 1
        [line] = done.stderr.splitlines()
        assert line.startswith("attune: the database can't be used: connection failed")
    assert not (tmp_path / "new").exists()


def test_what_breaks_off_says_where_and_quotes_no_row() -> None:
    with (
        pytest.raises(UserError, match=r"^it broke off, RuntimeError at test_place\.py:\d+") as caught,
        in_one_line(),
    ):
        raise RuntimeError("a private word")
    assert "private" not in str(caught.value)
