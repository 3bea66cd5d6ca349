"""The table of operators' acts: on new databases and on older ones, and nobody can take a row back."""

from collections.abc import Iterator

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg import sql
from sqlalchemy import create_engine

from shared.db import plumbing
from shared.db.migrations import config, upgrade
from shared.settings import SERVICES
from tests.postgres.server import PostgresServer
from tests.world.world import World

BEFORE = {"notify": "0002"}  # the revision before the plumbing's second state; 0001 elsewhere
_ADD = "INSERT INTO operator_act (run_id, by, act) VALUES (gen_random_uuid(), 'somebody', 'replay_begun')"


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def older(world: World, postgres_server: PostgresServer, service: str) -> Iterator[str]:
    """A database of the service as it was before, as its owner sees it. (`world`: the roles exist.)"""
    with postgres_server.fresh_database(f"older_{service}") as url:
        command.upgrade(config(service, url), BEFORE.get(service, "0001"))
        yield url


def test_a_database_made_before_gets_the_table(older: str, service: str) -> None:
    with psycopg.connect(older) as connection:
        assert connection.execute("SELECT to_regclass('operator_act')").fetchone() == (None,)
    upgrade(service, older)
    with psycopg.connect(older) as connection:
        rights = connection.execute(
            "SELECT privilege_type FROM information_schema.role_table_grants"
            " WHERE table_name = 'operator_act' AND grantee = %s ORDER BY 1",
            (f"attune_{service}_worker",),
        ).fetchall()
    assert rights == [("INSERT",), ("SELECT",)]


@pytest.mark.parametrize(
    "statement",
    ["UPDATE operator_act SET by = 'nobody'", "DELETE FROM operator_act", "TRUNCATE operator_act"],
)
def test_the_worker_adds_acts_and_can_not_change_them(world: World, service: str, statement: str) -> None:
    with psycopg.connect(world.sides[service].settings.worker_database_url) as connection:
        (before,) = connection.execute("SELECT count(*) FROM operator_act").fetchone()  # type: ignore[misc]
        connection.execute(_ADD)
        assert connection.execute("SELECT count(*) FROM operator_act").fetchone() == (before + 1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(sql.SQL(statement))  # type: ignore[arg-type]
        connection.rollback()


def test_the_application_does_not_see_them(world: World, service: str) -> None:
    with psycopg.connect(world.sides[service].settings.database_url) as connection:
        for statement in ("SELECT 1 FROM operator_act", _ADD):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)  # type: ignore[arg-type]
            connection.rollback()


def test_plumbing_in_the_databases_is_what_the_program_thinks_it_is(world: World, service: str) -> None:
    engine = create_engine(world.owner_urls[service].replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_object": lambda obj, name, kind, *_: (
                    (name if kind == "table" else obj.table.name) in plumbing.metadata.tables
                ),
            },
        )
        different = compare_metadata(context, plumbing.metadata)
    engine.dispose()
    assert different == []
