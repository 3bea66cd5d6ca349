"""Walls are made to ask once: nothing else of them changes, whoever sets up at the same time or broke off before."""

import re
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from alembic import command
from psycopg import sql

from deploy.local.databases import inside
from shared.db.migrations import config
from shared.db.walls import asked_once
from tests.postgres.server import PostgresServer
from tests.world.world import World

BEFORE = {"intake": "0006", "sessions": "0008", "integration": "0005", "notify": "0008"}
_UPGRADE = "import sys; from shared.db.migrations import upgrade; upgrade(*sys.argv[1:])"
Policy = tuple[str, str, str, str, str, str | None, str | None]


@pytest.fixture(params=BEFORE)
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def url(world: World, postgres_server: PostgresServer, service: str) -> Iterator[str]:
    """A database as it was before, and its owner's URL."""
    name = f"before_{service}"
    with psycopg.connect(postgres_server.admin_url, autocommit=True) as admin:
        owner = sql.Identifier(f"attune_{service}_owner")
        admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), owner))
        made = inside(world.owner_urls[service], name)
        command.upgrade(config(service, made), BEFORE[service])
        yield made
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def policies(url: str) -> list[Policy]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT tablename, policyname, permissive, roles::text, cmd, qual, with_check FROM pg_policies"
            " WHERE schemaname = 'public' ORDER BY tablename, policyname"
        )
        return rows.fetchall()


def said(one: Policy) -> tuple[str | None, ...]:
    """What it says, without how: neither brackets nor SELECTs."""
    how = re.compile(r'[()\s]|SELECT|AS "(?:nullif|\?column\?)"')
    return (*one[:5], *(None if condition is None else how.sub("", condition) for condition in one[5:]))


def test_two_set_ups_at_once_after_one_that_broke_off_change_how_walls_ask_and_nothing_else(
    url: str, service: str
) -> None:
    before = policies(url)
    table, policy, *_, using, _ = next(one for one in before if one[5] and asked_once(one[5]) != one[5])
    with psycopg.connect(url) as connection:
        connection.execute(f"ALTER POLICY {policy} ON {table} USING ({asked_once(str(using))})")

    at_once = [subprocess.Popen([sys.executable, "-c", _UPGRADE, service, url]) for _ in range(2)]

    assert [one.wait(timeout=60) for one in at_once] == [0, 0]
    after = policies(url)
    assert [said(one) for one in after] == [said(one) for one in before]
    assert after != before
    assert all(asked_once(condition) == condition for one in after for condition in one[5:] if condition)
