"""psycopg's own statements within SQLAlchemy's transactions fail as SQLAlchemy's do."""

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.db.direct import directly
from shared.db.tenancy import Database, Scope
from shared.path.transient import is_transient
from tests.postgres.server import PostgresServer


@pytest.fixture
def database(postgres_server: PostgresServer) -> Iterator[tuple[Database, str]]:
    with postgres_server.fresh_database("direct") as url:
        made = Database(url, pool_size=2, name="direct", is_patient=True)
        yield made, url
        made.close()


def test_a_lost_connection_is_transient_and_costs_one_failure(database: tuple[Database, str]) -> None:
    """Two connections in the pool are cut: the first failure tells SQLAlchemy, so the second is never met."""
    made, url = database
    with made.transaction(Scope()) as one, made.transaction(Scope()) as other:
        pids = [db.execute(text("SELECT pg_backend_pid()")).scalar_one() for db in (one, other)]
    with psycopg.connect(url, autocommit=True) as cutter:
        for pid in pids:
            cutter.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    with pytest.raises(DBAPIError) as raised, made.transaction(Scope()) as db:
        db.connection()
    assert is_transient(raised.value)
    for _ in range(2):
        with made.transaction(Scope()) as db:
            assert db.execute(text("SELECT 1")).scalar_one() == 1


def test_a_refused_statement_is_not_taken_for_an_outage(database: tuple[Database, str]) -> None:
    made, _ = database
    with (
        pytest.raises(DBAPIError, match="does_not_exist") as raised,
        made.transaction(Scope()) as db,
        directly(db.connection()) as raw,
    ):
        raw.execute("SELECT does_not_exist")
    assert not is_transient(raised.value)
    with made.transaction(Scope()) as db:
        assert db.execute(text("SELECT 1")).scalar_one() == 1
