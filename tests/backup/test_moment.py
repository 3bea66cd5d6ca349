"""One moment in two databases, while somebody writes to both as fast as they can."""

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest

from deploy.local.backup.moment import HOLD_S, one_moment
from deploy.local.errors import UserError
from tests.postgres.server import PostgresServer

SET_UP = "CREATE TABLE counter (n bigint NOT NULL); INSERT INTO counter VALUES (0)"
NAMES = ("moment_a", "moment_b")


@pytest.fixture
def urls(postgres_server: PostgresServer) -> Iterator[dict[str, str]]:
    with (
        postgres_server.fresh_database(NAMES[0]) as first,
        postgres_server.fresh_database(NAMES[1]) as second,
    ):
        for url in (first, second):
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(SET_UP)
        yield {NAMES[0]: first, NAMES[1]: second}


class Writer:
    """Counts in the first database, then in the second: at any moment the first is ahead by one, or not at all."""

    def __init__(self, urls: dict[str, str]) -> None:
        self._urls, self._stop, self.count = urls, threading.Event(), 0
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Writer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        first, second = (psycopg.connect(url, autocommit=True) for url in self._urls.values())
        with first, second:
            while not self._stop.is_set():
                self.count += 1
                for connection in (first, second):
                    connection.execute("UPDATE counter SET n = %s", (self.count,))


def seen(url: str, snapshot: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        connection.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
        row = connection.execute("SELECT n FROM counter").fetchone()
        assert row is not None
        return int(row[0])


def test_what_is_read_later_is_of_one_moment(urls: dict[str, str]) -> None:
    with Writer(urls) as writer:
        for _ in range(10):
            with one_moment(urls) as moment:
                before = writer.count
                while writer.count < before + 20:  # it goes on while the snapshots are read
                    time.sleep(0.001)
                ahead, behind = (seen(urls[name], moment.snapshots[name]) for name in NAMES)
            assert ahead - behind in (0, 1), (ahead, behind)
            assert ahead <= before + 1
            assert moment.waited_s < HOLD_S


def test_a_transaction_that_stays_open_is_never_ended_for_it(urls: dict[str, str]) -> None:
    with psycopg.connect(urls[NAMES[1]]) as open_one:
        open_one.execute("UPDATE counter SET n = 7")
        with pytest.raises(UserError, match="no moment was found"), one_moment(urls, patience_s=0):
            raise AssertionError("never reached")
        open_one.commit()  # it is unharmed
    with one_moment(urls) as moment:
        assert seen(urls[NAMES[1]], moment.snapshots[NAMES[1]]) == 7
