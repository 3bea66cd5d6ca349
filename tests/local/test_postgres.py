"""The embedded PostgreSQL: real, closed, and hard to leave in a state that the next start can't mend."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.local.errors import UserError
from deploy.local.postgres import EmbeddedPostgres
from tests.local.waiting import is_running, until


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path / "postgres", settings={"fsync": "off"})
    server.start()
    yield server
    server.stop()


def test_it_is_a_real_postgresql_and_keeps_its_data_over_a_restart(postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(postgres.admin_url) as database:
        database.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    postgres.stop()
    postgres.start()
    with psycopg.connect(postgres.admin_url) as database:
        assert database.execute("SELECT answer FROM kept").fetchone() == (42,)
        assert database.info.server_version // 10000 == 18


@pytest.mark.parametrize("password", ["wrong", ""])
def test_it_is_closed_without_the_password(postgres: EmbeddedPostgres, password: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host=str(postgres.socket_dir), user="postgres", password=password, dbname="postgres")


def test_it_listens_nowhere_but_on_its_own_socket(postgres: EmbeddedPostgres) -> None:
    assert stat.S_IMODE(postgres.socket_dir.stat().st_mode) == 0o700
    with psycopg.connect(postgres.admin_url) as database:
        assert database.execute("SHOW listen_addresses").fetchone() == ("",)


def test_its_secrets_and_data_are_for_their_owners_alone(postgres: EmbeddedPostgres) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in postgres.data_dir.iterdir()}
    assert modes == {"cluster": 0o700, "run": 0o700, "superuser.password": 0o600, "postgres.log": 0o600}


def test_nobody_gains_the_right_to_read_the_folders_above(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = EmbeddedPostgres(closed / "postgres", settings={"fsync": "off"})
    server.start()
    server.stop()
    assert stat.S_IMODE(closed.stat().st_mode) & 0o066 == 0


def test_a_long_data_path_is_no_obstacle(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / ("long" * 30) / "postgres", settings={"fsync": "off"})
    server.start()
    socket_dir = server.socket_dir
    assert psycopg.connect(server.admin_url).execute("SELECT 1").fetchone() == (1,)
    server.stop()
    assert not socket_dir.exists()


def test_a_running_server_of_the_same_folder_is_taken_over(postgres: EmbeddedPostgres) -> None:
    left_over = postgres.pid
    next_one = EmbeddedPostgres(postgres.data_dir, settings={"fsync": "off"})
    next_one.start()
    try:
        assert next_one.pid != left_over
        until("the earlier server has ended", lambda: not is_running(left_over))
        assert psycopg.connect(next_one.admin_url).execute("SELECT 1").fetchone() == (1,)
    finally:
        next_one.stop()


def test_it_ends_with_a_killed_parent_and_starts_again(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    parent, pid = _start_in_another_process(folder)
    parent.kill()
    parent.wait()
    until("the killed parent's server has ended", lambda: not is_running(pid))
    server = EmbeddedPostgres(folder)
    server.start()
    try:
        assert psycopg.connect(server.admin_url).execute("SELECT 1").fetchone() == (1,)
    finally:
        server.stop()


def test_a_server_that_outlives_its_killed_parent_is_stopped_and_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    parent, pid = _start_in_another_process(folder)
    os.kill(pid, signal.SIGSTOP)  # it can't follow the request to end with its parent
    parent.kill()
    parent.wait()
    assert is_running(pid)
    os.kill(pid, signal.SIGCONT)
    server = EmbeddedPostgres(folder)
    server.start()
    try:
        assert not is_running(pid)
        assert psycopg.connect(server.admin_url).execute("SELECT 1").fetchone() == (1,)
    finally:
        server.stop()


def test_a_killed_server_recovers(postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(postgres.admin_url) as database:
        database.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(postgres.pid, signal.SIGKILL)
    postgres.start()
    with psycopg.connect(postgres.admin_url) as database:
        assert database.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_pid_file_that_names_somebody_elses_process_harms_nobody(postgres: EmbeddedPostgres) -> None:
    postgres.stop()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as bystander:
        stale = f"{bystander.pid}\n{postgres.cluster}\n1\n5432\n{postgres.socket_dir}\n\n1 1\nready\n"
        (postgres.cluster / "postmaster.pid").write_text(stale)
        postgres.start()
        assert bystander.poll() is None
        assert psycopg.connect(postgres.admin_url).execute("SELECT 1").fetchone() == (1,)
        bystander.kill()


def test_data_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    cluster = tmp_path / "postgres" / "cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("19\n")
    with pytest.raises(UserError, match="PostgreSQL 19, newer than this one's 18"):
        EmbeddedPostgres(tmp_path / "postgres").start()


def test_a_lost_password_is_named_not_replaced(postgres: EmbeddedPostgres) -> None:
    postgres.stop()
    (postgres.data_dir / "superuser.password").unlink()
    with pytest.raises(UserError, match=r"superuser\.password is missing"):
        postgres.start()


def test_a_half_made_folder_of_a_killed_first_start_is_made_anew(tmp_path: Path) -> None:
    half = tmp_path / "postgres" / "cluster.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    server = EmbeddedPostgres(tmp_path / "postgres", settings={"fsync": "off"})
    server.start()
    server.stop()
    assert not half.exists()


def test_values_of_a_failed_statement_stay_out_of_its_log(postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(postgres.admin_url, autocommit=True) as database:
        database.execute("CREATE TABLE one (word text PRIMARY KEY)")
        database.execute("INSERT INTO one VALUES ('canary')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            database.execute("INSERT INTO one VALUES ('canary')")
    text = postgres.log.read_text()
    assert "one_pkey" in text
    assert "canary" not in text


def _start_in_another_process(folder: Path) -> tuple[subprocess.Popen[str], int]:
    program = (
        "import pathlib, sys, time; from deploy.local.postgres import EmbeddedPostgres;"
        "p = EmbeddedPostgres(pathlib.Path(sys.argv[1])); p.start(); print(p.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    return parent, int(parent.stdout.readline())
