"""Databases and roles: each service is locked into its own."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from deploy.local import databases
from deploy.local.databases import database_of, locale_of, role_of, with_login
from deploy.local.errors import UserError
from deploy.local.postgres import EmbeddedPostgres
from shared.settings import SERVICES

AREAS = [*SERVICES, "events"]


def password(role: str) -> str:
    return f"p@ss/{role}"  # characters that a URL must quote


@pytest.fixture(scope="module")
def admin_url() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="attune-test-") as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres", settings={"fsync": "off"})
        server.start()
        for _ in range(2):  # a second time changes nothing
            databases.prepare(server.admin_url, password, is_ours_alone=True, with_events=True)
        yield server.admin_url
        server.stop()


def login(admin_url: str, role: str, database: str) -> str:
    return with_login(admin_url, database=database, user=role, password=password(role))


ROLES = [(area, kind) for area in SERVICES for kind in ("owner", "app", "worker")] + [("events", "owner")]


@pytest.mark.parametrize(("area", "kind"), ROLES)
def test_a_role_reaches_its_own_database_and_no_other(admin_url: str, area: str, kind: str) -> None:
    role = role_of(area, kind)
    psycopg.connect(login(admin_url, role, database_of(area))).close()
    others = [database_of(other) for other in AREAS if other != area]
    for other in [*others, "postgres", "template1"]:
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(login(admin_url, role, other))


@pytest.mark.parametrize("area", AREAS)
def test_text_is_ordered_alike_on_every_server(admin_url: str, area: str) -> None:
    """By the server's own rules, not by those of a library that an update of its system changes."""
    with psycopg.connect(login(admin_url, role_of(area, "owner"), database_of(area))) as connection:
        asked = "SELECT datlocprovider, datlocale, datcollate, datctype FROM pg_database WHERE datname = %s"
        assert connection.execute(asked, (database_of(area),)).fetchone() == ("b", "C.UTF-8", "C", "C")


def test_an_older_server_orders_alike_whatever_its_own_provider_is() -> None:
    said = "ENCODING 'UTF8' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'"  # 15 and 16 know no `builtin`
    assert {locale_of(version).as_string() for version in (150000, 160009)} == {said}


def test_no_role_is_privileged(admin_url: str) -> None:
    with psycopg.connect(admin_url) as admin:
        privileged = admin.execute(
            "SELECT rolname FROM pg_roles WHERE rolname LIKE 'attune%' AND"
            " (rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole OR rolreplication)"
        ).fetchall()
        assert privileged == []
        members = admin.execute("SELECT count(*) FROM pg_auth_members WHERE roleid > 16383").fetchone()
        assert members == (0,)


@pytest.mark.parametrize("kind", ["app", "worker"])
def test_a_service_can_neither_bypass_row_level_security_nor_own_anything(admin_url: str, kind: str) -> None:
    database = database_of("intake")
    with psycopg.connect(login(admin_url, role_of("intake", "owner"), database)) as owner:
        owner.execute("DROP TABLE IF EXISTS secret")
        owner.execute("CREATE TABLE secret AS SELECT 'hers' AS word")
        owner.execute("ALTER TABLE secret ENABLE ROW LEVEL SECURITY")
        owner.execute(f"GRANT SELECT ON secret TO {role_of('intake', kind)}")
    with psycopg.connect(login(admin_url, role_of("intake", kind), database), autocommit=True) as service:
        assert service.execute("SELECT * FROM secret").fetchall() == []
        service.execute("SET row_security = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            service.execute("SELECT * FROM secret")
        for statement in (
            "CREATE TABLE mine (x int)",
            "CREATE TEMPORARY TABLE mine (x int)",
            "CREATE SCHEMA mine",
            "ALTER TABLE secret DISABLE ROW LEVEL SECURITY",
            f"SET ROLE {role_of('intake', 'owner')}",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                service.execute(statement)


def test_a_login_without_superuser_rights_can_prepare_an_external_server(admin_url: str) -> None:
    with psycopg.connect(admin_url, autocommit=True) as admin:
        for area in AREAS:
            admin.execute(f"DROP DATABASE {database_of(area)}")
        for area, kind in ROLES:
            admin.execute(f"DROP ROLE {role_of(area, kind)}")
        admin.execute("DROP ROLE IF EXISTS builder")
        admin.execute("CREATE ROLE builder LOGIN CREATEDB CREATEROLE PASSWORD 'b'")
        admin.execute("GRANT CONNECT ON DATABASE postgres TO builder")
    builder = with_login(admin_url, database="postgres", user="builder", password="b")
    for _ in range(2):
        databases.prepare(builder, password, is_ours_alone=False, with_events=True)
    with psycopg.connect(login(admin_url, role_of("intake", "owner"), database_of("intake"))) as owner:
        owner.execute("CREATE TABLE made (x int)")


def test_a_server_that_does_not_answer_is_one_line() -> None:
    with pytest.raises(UserError, match=r"the database at localhost can't be reached: .*refused"):
        databases.prepare("postgresql://a:b@localhost:1/x", password, is_ours_alone=False, with_events=True)
