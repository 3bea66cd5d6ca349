"""The walls between practices, read off the migrated databases themselves."""

import importlib
from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, create_engine, text

from shared.db import plumbing
from shared.db.columns import DATA_CLASSES
from shared.db.tenancy import Database, Scope
from shared.settings import SERVICES
from tests.world.world import World

WITHOUT_PRACTICE = {
    "alembic_version": "the database's own revision",
    **plumbing.UNWALLED,
    "practice_directory": "finds the practice of a public address before anybody is known",
}


def metadata_of(service: str) -> MetaData:
    found: MetaData = importlib.import_module(f"services.{service}.models").Base.metadata
    return found


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def owner(world: World, service: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(world.owner_urls[service], autocommit=True) as connection:
        yield connection


def test_every_table_has_its_practice_and_forced_walls(owner: psycopg.Connection) -> None:
    rows = owner.execute(
        "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,"
        " EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid),"
        " EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'practice_id')"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind = 'r'"
    ).fetchall()
    open_tables = [name for name, forced, policy, has in rows if not (forced and policy and has)]
    assert [name for name in open_tables if name not in WITHOUT_PRACTICE] == []


def test_the_application_owns_nothing_and_can_not_step_over(owner: psycopg.Connection, service: str) -> None:
    for kind in ("app", "worker"):
        role = f"attune_{service}_{kind}"
        attributes = owner.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = %s",
            (role,),
        ).fetchone()
        assert attributes == (False, False, False, False)
        owned = owner.execute(
            "SELECT relname FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = %s)",
            (role,),
        ).fetchall()
        assert owned == []


def test_models_and_migrations_describe_the_same_tables(world: World, service: str) -> None:
    declared = metadata_of(service)
    engine = create_engine(world.owner_urls[service].replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_object": lambda obj, name, kind, *_: (
                    kind != "table" or name not in {*plumbing.metadata.tables, "alembic_version"}
                ),
            },
        )
        different = [
            change
            for change in compare_metadata(context, declared)
            # Indexes and exclusion rules live in the migrations alone.
            if not (isinstance(change, tuple) and str(change[0]).endswith(("_index", "_constraint", "_fk")))
        ]
    engine.dispose()
    assert different == []


def test_every_column_names_its_class_of_data(service: str) -> None:
    for table in metadata_of(service).tables.values():
        for column in table.columns:
            assert column.info.get("data_class") in DATA_CLASSES, f"{table.name}.{column.name}"


def test_private_columns_hold_only_sealed_bytes(service: str) -> None:
    for table in metadata_of(service).tables.values():
        for column in table.columns:
            if column.info.get("data_class") == "clinical":
                assert str(column.type) == "BLOB" or "BYTEA" in str(column.type).upper(), (
                    f"{table.name}.{column.name}"
                )


def test_without_a_practice_a_transaction_sees_nothing(world: World, service: str) -> None:
    world.practice()
    database = Database(world.sides[service].settings.database_url, pool_size=1, name="probe")
    try:
        for scope in (Scope(), Scope(uuid4())):
            with database.transaction(scope) as db:
                assert db.execute(text("SELECT count(*) FROM practice")).scalar_one() == 0
        # A pooled connection forgets the practice of the transaction before.
        with database.transaction(Scope()) as db:
            assert db.execute(text("SELECT count(*) FROM practice")).scalar_one() == 0
    finally:
        database.close()
