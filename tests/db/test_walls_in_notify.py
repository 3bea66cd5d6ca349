"""The second wall in notify, asked in plain SQL: whose addresses, messages, preferences and alerts anybody finds."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

import pytest
from psycopg.errors import InsufficientPrivilege, UniqueViolation
from sqlalchemy import Insert, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from deploy.local.databases import database_of
from services.notify.models import Base
from services.notify.queries.sight import POST_ROOM, as_post_room
from shared.db.tenancy import Database, Scope
from shared.web.actor import ROLES
from tests.db.one_couple import ROLE_OF, Rows, a_row
from tests.postgres.server import PostgresServer
from tests.world.world import World

pytestmark = [pytest.mark.P1, pytest.mark.P2]

WHO = {**ROLE_OF, "told": "practice_admin", "marked": "practitioner"}
"""`told` was told of the alert, as was who `attends`; `marked` treats, was told, and has a conflict with the couple."""

CLINICIANS = {who for who, role in WHO.items() if role in ("practitioner", "prescriber", "facilitator")}
ALERTED = CLINICIANS | {"admin", "told", "worker"}
OFFICE = {"desk", "admin", "told"}
ANAS = {"ana", "worker"}

SEES: dict[tuple[str, str], set[str]] = {
    ("contact_point", "claimed_at IS NOT NULL"): ANAS,
    ("contact_point", "claimed_at IS NULL"): {"worker"},
    ("preference", "true"): ANAS,
    ("member", "true"): ALERTED,
    ("couple", "true"): {"treats", "attends", "told", "marked", "worker"},
    ("appointment", "true"): {"worker"},
    ("check_in", "true"): {"worker"},
    ("sharing", "true"): {"worker"},
    ("notice", "occasion = 'entry_shared'"): {"worker"},
    ("notice", "occasion = 'alert'"): {"attends", "told", "marked", "worker"},
    ("delivery", "channel = 'inbox' AND occasion = 'entry_shared'"): ANAS,
    ("delivery", "channel = 'email' AND occasion = 'entry_shared'"): ANAS | OFFICE,
    ("delivery", "occasion = 'invitation'"): {"worker"} | OFFICE,
    ("alert", "true"): {"treats", "attends", "told", "worker"},
}
"""Table and which of its rows → who reads it. Nobody who broke the glass is among them: notify knows of none."""
WIDE = {"sender": "the practice's name, which stands in every mail; its wall is against writing"}

BLIND = {"UPDATE": "UPDATE {table} SET practice_id = '{practice}'", "DELETE": "DELETE FROM {table}"}
"""They ask for no sight of any row, so that the wall against reading does not help the one against writing."""
TABLES = sorted({table for table, _ in SEES} | set(WIDE))
INBOXES = {"ana", "attends", "told", "marked", "worker"}
CHANGES = {
    "contact_point": ANAS,
    "preference": ANAS,
    "sender": {"admin", "told", "operator", "worker"},
    "delivery": INBOXES,
    "alert": SEES["alert", "true"],
}
"""Who changes a row of the table; of the others the worker alone, as nobody else removes any."""
ADDS = {"preference": {"bo", "worker"}, "sender": CHANGES["sender"]}


@pytest.fixture(scope="module")
def rows(world: World, postgres_server: PostgresServer) -> Rows:
    made = Rows(
        world,
        "notify",
        postgres_server.url_of(database_of("notify")),
        world.practice(),
        roles=WHO,
        people={who: uuid4() for who in WHO},
    )
    with world.sides["notify"].database.transaction(Scope(made.practice, role="worker")) as db:
        for statement in _everything(made):
            db.execute(statement)
    return made


def _everything(rows: Rows) -> Iterator[Insert]:
    people, alert_id, alert_notice, sharing_notice = rows.people, uuid4(), uuid4(), uuid4()
    team = [people["treats"], people["marked"]]
    yield _row(rows, "couple", practitioner_ids=team, conflict_ids=[people["marked"]])
    yield _row(rows, "contact_point", enquiry_id=None)
    yield _row(rows, "contact_point", person_id=None, enquiry_id=None, claimed_at=None)
    for table in ("preference", "member", "appointment", "check_in", "sharing", "sender"):
        yield _row(rows, table)
    yield _row(rows, "alert", id=alert_id)
    yield _row(rows, "notice", id=alert_notice, occasion="alert", about_id=alert_id)
    yield _row(rows, "notice", id=sharing_notice, occasion="entry_shared", person_id=people["bo"])
    for who in ("attends", "told", "marked"):
        yield _delivery(rows, who, occasion="alert", notice_id=alert_notice, channel="inbox")
    for channel in ("inbox", "email"):
        yield _delivery(rows, "ana", occasion="entry_shared", notice_id=sharing_notice, channel=channel)
    yield _row(rows, "delivery", occasion="invitation", channel="email", person_id=None)


def _delivery(rows: Rows, who: str, **said: Any) -> Insert:
    return _row(rows, "delivery", person_id=rows.people[who], recipient_id=rows.people[who], **said)


def _another(rows: Rows, table: str) -> Insert:
    """One that could be put in beside those that are there; of the practice's name there is one already."""
    new = {
        "couple": {"couple_id": uuid4()},
        "member": {"person_id": uuid4()},
        "preference": {"person_id": rows.people["bo"]},
    }
    return _row(rows, table, **new.get(table, {}))


def _put_in(connection: Any, statement: Insert) -> None:
    """Raises InsufficientPrivilege where a wall is against it; that there is one already is none."""
    query = statement.compile(dialect=PGDialect_psycopg())
    with suppress(UniqueViolation):
        connection.execute(str(query), query.params)


def _row(rows: Rows, table: str, **but: Any) -> Insert:
    return a_row(rows, Base.metadata.tables[table], **but)


@pytest.fixture(scope="module")
def database(world: World) -> Iterator[Database]:
    made = Database(world.sides["notify"].settings.database_url, pool_size=1, name="probe")
    yield made
    made.close()


class _Undo(Exception):
    """Ends a transaction that must leave nothing."""


@contextmanager
def undone(database: Database, scope: Scope) -> Iterator[Session]:
    """A transaction that is rolled back."""
    with suppress(_Undo), database.transaction(scope) as db:
        yield db
        raise _Undo


def _doing(rows: Rows, database: Database, act: str) -> set[str]:
    """Who does it to any row."""
    found = set()
    for who in WHO:
        with undone(database, rows.scope(who)) as db:
            if db.connection().exec_driver_sql(act).rowcount > 0:
                found.add(who)
    return found


def test_every_table_has_its_wall_or_a_reason() -> None:
    assert set(Base.metadata.tables) == set(TABLES)


@pytest.mark.parametrize(("table", "which"), SEES)
def test_a_row_is_read_by_whom_it_is_for(rows: Rows, database: Database, table: str, which: str) -> None:
    assert rows.sees(database, table, which) == SEES[table, which]


def test_the_practices_name_is_everybodys(rows: Rows, database: Database) -> None:
    assert rows.sees(database, "sender") == set(WHO)


@pytest.mark.parametrize("table", TABLES)
def test_a_row_is_changed_by_whom_it_is_for(rows: Rows, database: Database, table: str) -> None:
    act = BLIND["UPDATE"].format(table=table, practice=rows.practice)
    assert _doing(rows, database, act) == CHANGES.get(table, {"worker"})


@pytest.mark.parametrize("table", TABLES)
def test_nobody_but_the_worker_removes_one(rows: Rows, database: Database, table: str) -> None:
    assert _doing(rows, database, BLIND["DELETE"].format(table=table)) == {"worker"}


@pytest.mark.parametrize("table", TABLES)
def test_one_is_put_in_by_whom_it_is_for(rows: Rows, database: Database, table: str) -> None:
    found = set()
    for who in WHO:
        # It is a wall's word here: the application may add to all of these tables.
        with suppress(InsufficientPrivilege), undone(database, rows.scope(who)) as db:
            _put_in(db.connection().connection.dbapi_connection, _another(rows, table))
            found.add(who)
    assert found == ADDS.get(table, {"worker"})


# ---- the test of the test: it is the wall that holds, and nothing else ----------------------------------------


@pytest.mark.parametrize("table", sorted(set(TABLES) - set(WIDE)))
def test_without_its_wall_a_stranger_would_read_it(rows: Rows, table: str) -> None:
    assert rows.sees_without_its_wall(table, "elsewhere")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("act", ["INSERT", "UPDATE", "DELETE"])
def test_without_its_wall_a_stranger_would_write_it(rows: Rows, table: str, act: str) -> None:
    with rows.without_its_wall(table, "elsewhere", act) as connection:
        if act == "INSERT":
            _put_in(connection, _another(rows, table))
        else:
            act = BLIND[act].format(table=table, practice=rows.practice)
            assert connection.execute(act).rowcount > 0


def test_an_address_is_not_handed_over(rows: Rows, database: Database) -> None:
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        database.transaction(rows.scope("ana")) as db,
    ):
        db.execute(text("UPDATE contact_point SET person_id = :bo"), {"bo": rows.people["bo"]})


def test_the_post_room_keeps_addresses_and_hands_in_invitations(rows: Rows, database: Database) -> None:
    assert POST_ROOM not in ROLES, "a token with it would be refused"
    new = {"person_id": None, "enquiry_id": None, "claimed_at": None}
    with undone(database, rows.scope("public")) as db, as_post_room(db):
        seen = {
            one for one in SEES if db.execute(text(f"SELECT 1 FROM {one[0]} WHERE {one[1]} LIMIT 1")).first()
        }
        assert seen == {
            ("contact_point", "claimed_at IS NOT NULL"),
            ("contact_point", "claimed_at IS NULL"),
            ("delivery", "occasion = 'invitation'"),
        }
        db.execute(_row(rows, "contact_point", **new))
        db.execute(_row(rows, "notice", occasion="invitation"))
        for refused in (
            _row(rows, "contact_point", **new | {"person_id": rows.people["bo"]}),
            _row(rows, "contact_point", **new, is_safe=True),
            _row(rows, "notice", occasion="alert"),
            _row(rows, "delivery", occasion="entry_shared", channel="inbox"),
        ):
            with pytest.raises(ProgrammingError, match="row-level security"), db.begin_nested():
                db.execute(refused)
    with database.transaction(rows.scope("public")) as db:
        assert db.execute(text("SELECT 1 FROM contact_point")).first() is None, "no longer than that"
