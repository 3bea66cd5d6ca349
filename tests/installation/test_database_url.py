"""A database's URL may come without its password, which then lies in a setting or a file of its own."""

from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from shared.settings import SettingsError, required_database_url


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("URL", "URL_FILE", "PASSWORD", "PASSWORD_FILE"):
        monkeypatch.delenv(f"ATTUNE_OWNER_DATABASE_{name}", raising=False)


def url(monkeypatch: pytest.MonkeyPatch, **given: str) -> str:
    for name, value in given.items():
        monkeypatch.setenv(f"ATTUNE_OWNER_DATABASE_{name}", value)
    return required_database_url("OWNER_DATABASE")


def test_a_whole_one_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert url(monkeypatch, URL="postgresql://me:word@host/db") == "postgresql://me:word@host/db"


def test_the_password_of_a_file_is_put_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("p@ss/wo:rd%\n")
    made = url(
        monkeypatch,
        URL="postgresql://me@host:5433/db?sslmode=require",
        PASSWORD_FILE=str(tmp_path / "password"),
    )
    read = make_url(made)
    assert (read.username, read.password, read.host, read.port) == ("me", "p@ss/wo:rd%", "host", 5433)
    assert (read.database, read.query) == ("db", {"sslmode": "require"})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "ATTUNE_OWNER_DATABASE_URL is missing"),
        ({"URL": "postgresql://me:one@host/db", "PASSWORD": "two"}, "leave one out"),
        ({"URL": "postgresql://host/db", "PASSWORD": "two"}, "names no user"),
        ({"URL": "postgresql://me@host/db", "PASSWORD_FILE": "/nowhere/at/all"}, "must be a readable file"),
    ],
)
def test_what_is_wrong_is_said_without_a_secret(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], said: str
) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        url(monkeypatch, **given)
    assert "two" not in str(caught.value)
