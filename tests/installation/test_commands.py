"""`attune keys`, then `attune databases`: a PostgreSQL into which each service's roles can sign in, and no others."""

import tempfile
from functools import partial
from pathlib import Path

import psycopg
import pytest

from deploy.installation.roles import roles
from deploy.installation.secrets import read_password
from deploy.local.databases import database_of, with_login
from deploy.local.postgres import EmbeddedPostgres
from tests.installation.test_secrets import NAMES
from tests.local.test_cli import attune


def test_the_databases_open_to_the_passwords_of_the_folder(tmp_path: Path) -> None:
    keys = str(tmp_path / "keys")
    assert attune("keys", keys).stdout == f"{len(NAMES)} secrets written to {keys}\n"
    assert attune("keys", keys).stdout == f"{keys} has every secret\n"
    with tempfile.TemporaryDirectory(prefix="attune-test-") as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres", settings={"fsync": "off"})
        server.start()
        try:
            for _ in range(2):
                done = attune(
                    "databases", "--alone", ATTUNE_KEYS=keys, ATTUNE_ADMIN_DATABASE_URL=server.admin_url
                )
                assert (done.returncode, done.stdout) == (0, "databases and roles are ready\n"), done.stderr
            for role in roles():
                service = role.split("_")[1]
                enter = partial(
                    with_login, server.admin_url, user=role, password=read_password(Path(keys), role)
                )
                psycopg.connect(enter(database=database_of(service))).close()
                with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                    psycopg.connect(enter(database="postgres"))
        finally:
            server.stop()


def test_without_a_server_or_a_folder_it_is_one_line(tmp_path: Path) -> None:
    for environment, said in (
        ({"ATTUNE_KEYS": str(tmp_path)}, "attune: ATTUNE_ADMIN_DATABASE_URL is missing"),
        (
            {"ATTUNE_KEYS": str(tmp_path), "ATTUNE_ADMIN_DATABASE_URL": "postgresql://a@localhost:1/x"},
            "can't be reached",
        ),
    ):
        done = attune("databases", **environment)
        assert (done.returncode, done.stdout) == (1, "")
        [line] = done.stderr.splitlines()
        assert said in line
    assert attune("databases").returncode == 2
