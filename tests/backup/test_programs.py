"""pg_dump and pg_restore for a server of another version: which are taken, and which of their errors is none."""

from pathlib import Path

import pytest

from deploy.local.backup.postgres_programs import PostgresPrograms, programs_for
from deploy.local.errors import UserError
from tests.postgres.server import PostgresServer

SETTING = """\
pg_restore: error: could not execute query: ERROR:  unrecognized configuration parameter "transaction_timeout"
Command was: SET transaction_timeout = 0;
"""
OTHER = 'pg_restore: error: could not execute query: ERROR:  role "attune_intake_owner" does not exist\n'


def ignored(count: int) -> str:
    return f"pg_restore: warning: errors ignored on restore: {count}\n"


def program(folder: Path, name: str, *, says: str, code: int) -> Path:
    """A program that says its words on standard error; its version and its arguments on standard output."""
    folder.mkdir(exist_ok=True)
    (folder / "words").write_text(says)
    (folder / name).write_text(
        f'#!/bin/sh\necho "$0 $*" >> {folder}/asked\ncat {folder}/words >&2\nexit {code}\n'
    )
    (folder / name).chmod(0o755)
    return folder


def restored(folder: Path, *, server: int, says: str, code: int) -> str:
    """With what options it was asked. Raises UserError."""
    programs = PostgresPrograms(program(folder, "pg_restore", says=says, code=code), 18, server)
    programs.restore("postgresql://postgres@nowhere/attune_intake", folder / "intake.dump")
    return (folder / "asked").read_text()


def test_an_older_server_lacks_one_setting_and_all_else_must_be_well(tmp_path: Path) -> None:
    restored(tmp_path, server=15, says=SETTING + ignored(1), code=1)
    restored(tmp_path, server=15, says="", code=0)


@pytest.mark.parametrize(
    ("says", "code", "reason"),
    [
        (SETTING + OTHER + ignored(2), 1, "does not exist"),
        (SETTING, -9 % 256, "no reason"),  # killed: it never came to its count
        (SETTING + ignored(2), 1, "no reason"),  # one of two errors was not said in words that are known
        ("", 1, "no reason"),
    ],
)
def test_any_other_error_is_one(tmp_path: Path, says: str, code: int, reason: str) -> None:
    with pytest.raises(UserError, match=f"pg_restore failed on attune_intake: .*{reason}"):
        restored(tmp_path, server=15, says=says, code=code)


def test_where_the_server_knows_all_it_is_whole_or_not_at_all(tmp_path: Path) -> None:
    assert "--single-transaction" in restored(tmp_path, server=17, says="", code=0)
    with pytest.raises(UserError, match="transaction_timeout"):
        restored(tmp_path, server=17, says=SETTING + ignored(1), code=1)


def versions(folder: Path, text: str) -> Path:
    program(folder, "pg_dump", says="", code=0)
    (folder / "pg_dump").write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {text}'\n")
    return folder


def test_newer_programs_do_and_older_ones_do_not(postgres_server: PostgresServer, tmp_path: Path) -> None:
    newer = programs_for(postgres_server.admin_url, versions(tmp_path / "newer", "19.1"))
    assert (newer.major, newer.server) == (19, 18)
    with pytest.raises(UserError, match="PostgreSQL 18 or later is missing"):
        programs_for(postgres_server.admin_url, versions(tmp_path / "older", "17.6"))


def test_programs_of_the_server_s_version_come_before_newer_ones(
    postgres_server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(versions(tmp_path / "newer", "19.1")), prepend=":")
    assert programs_for(postgres_server.admin_url).major == 18
