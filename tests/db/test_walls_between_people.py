"""The second wall in sessions and integration, asked in plain SQL: who of the staff and of the partners reads what."""

import importlib
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import MetaData, text
from sqlalchemy.exc import DataError, ProgrammingError
from sqlalchemy.orm import Session

from deploy.local.databases import database_of
from services.sessions.queries.sight import GATE, as_gate
from shared.db.tenancy import Database
from shared.web.actor import ROLES
from tests.db.one_couple import Rows, a_row, fill
from tests.postgres.server import PostgresServer
from tests.world.world import World

pytestmark = [pytest.mark.P1, pytest.mark.P2]

STAFF = {"treats", "attends", "stranger", "opened", "opened_ana", "opened_bo", "ran_out", "desk", "admin"}
CARE = {"treats", "opened", "worker"}
CALENDAR = CARE | {"attends", "desk", "admin", "ana"}
OF_ANA = CARE | {"opened_ana"}

SEES: dict[str, dict[str, set[str]]] = {
    "sessions": {
        "couple": STAFF | {"ana", "bo", "worker"},
        "booking": CALENDAR,
        "medicine_session": CALENDAR,
        "public_change": CALENDAR,
        "consent": CARE | {"attends", "ana"},
        "consent_act": CARE | {"attends", "ana"},
        "transport_plan": CARE | {"attends"},
        "observation": CARE | {"attends"},
        "readiness_decision": CARE,
        "preparation_done": CARE,
        "check_in": CARE,
    },
    "integration": {
        "journey": OF_ANA | {"ana"},
        "journal_entry": {"ana", "worker"},
        "journal_snapshot": OF_ANA | {"ana", "bo"},
        "check_in": {"ana", "worker"},
        "safety_concern": OF_ANA | {"ana"},
        "told_first": OF_ANA,
        "confidentiality_change": OF_ANA | {"opened_bo"},
        "attended_integration": OF_ANA | {"ana"},
    },
}
WIDE: dict[str, dict[str, str]] = {
    "sessions": {
        "occupancy": "that somebody is taken from then to then: whoever books must not take them too (rule B1)",
        "resource": "numbers of who and what can be taken",
        "practitioner": "who works here",
        "licence": "what they may do, for whoever books",
        "availability": "when they can be booked, for whoever books",
        "room": "rooms",
        "enquiry": "ids of whoever may book a consultation, who is nobody yet",
        "break_glass": "its wall stands in tests/sessions/test_break_glass.py",
    },
    "integration": {
        "couple_partner": "ids of who is together: the walls themselves look here",
        "care_team_member": "ids of who treats whom: the walls themselves look here",
        "break_glass": "its wall stands in tests/integration/test_break_glass.py",
    },
}
"""Tables without a wall of their own within the practice, and why; docs/security.md says the same."""

EACH = [(service, table) for service, tables in SEES.items() for table in tables]


def metadata_of(service: str) -> MetaData:
    found: MetaData = importlib.import_module(f"services.{service}.models").Base.metadata
    return found


@pytest.fixture(scope="module")
def filled(world: World, postgres_server: PostgresServer) -> dict[str, Rows]:
    made = {}
    for service, tables in SEES.items():
        rows = Rows(world, service, postgres_server.url_of(database_of(service)), world.practice())
        team = ("care_team_member",) if service == "integration" else ()
        fill(rows, metadata_of(service), iter((*team, *tables)))
        made[service] = rows
    return made


@pytest.fixture(scope="module")
def databases(world: World) -> Iterator[dict[str, Database]]:
    made = {
        service: Database(world.sides[service].settings.database_url, pool_size=1, name="probe")
        for service in SEES
    }
    yield made
    for one in made.values():
        one.close()


@pytest.mark.parametrize("service", SEES)
def test_every_table_has_its_wall_or_a_reason(service: str) -> None:
    assert set(metadata_of(service).tables) == set(SEES[service]) | set(WIDE[service])


@pytest.mark.parametrize(("service", "table"), EACH)
def test_a_row_is_read_by_whom_it_is_for(
    filled: dict[str, Rows], databases: dict[str, Database], service: str, table: str
) -> None:
    assert filled[service].sees(databases[service], table) == SEES[service][table]


@pytest.mark.parametrize(("service", "table"), EACH)
def test_without_its_wall_a_stranger_would_read_it(filled: dict[str, Rows], service: str, table: str) -> None:
    """The test of the test: it is the wall that keeps the row, and nothing else."""
    outsider = "public" if table == "couple" else "stranger"
    assert outsider not in SEES[service][table]
    assert filled[service].sees_without_its_wall(table, outsider)


CHANGES_NOTHING = ("stranger", "opened", "opened_ana", "ran_out", "bo", "elsewhere", "public", "operator")


@pytest.mark.parametrize(("service", "table"), EACH)
def test_nobody_else_changes_or_removes_it(
    filled: dict[str, Rows], databases: dict[str, Database], service: str, table: str
) -> None:
    rows = filled[service]
    for who in CHANGES_NOTHING:
        for act in (f"UPDATE {table} SET practice_id = practice_id", f"DELETE FROM {table}"):
            assert _changed(databases[service], rows, who, act) == 0, (who, act)
    assert "worker" in rows.sees(databases[service], table), "it is still there"


@pytest.mark.parametrize(("service", "table"), EACH)
def test_nobody_else_puts_one_in(
    filled: dict[str, Rows], databases: dict[str, Database], service: str, table: str
) -> None:
    rows = filled[service]
    for who in CHANGES_NOTHING:
        others = replace(rows, people={**rows.people, "ana": uuid4()}, session_id=uuid4())
        with (
            pytest.raises(ProgrammingError) as refused,
            databases[service].transaction(rows.scope(who)) as db,
        ):
            db.execute(a_row(others, metadata_of(service).tables[table]))
        assert refused.value.orig is not None
        assert "row-level security" in str(refused.value.orig), (who, str(refused.value.orig))


def test_the_gate_looks_at_both_partners_and_whoever_asked_no_longer_than_that(
    filled: dict[str, Rows], databases: dict[str, Database]
) -> None:
    def decisions(db: Session) -> int:
        return len(db.execute(text("SELECT 1 FROM readiness_decision")).all())

    assert GATE not in ROLES, "a token with it would be refused"
    with databases["sessions"].transaction(filled["sessions"].scope("ana")) as db:
        assert decisions(db) == 0
        with as_gate(db):
            with as_gate(db):
                assert decisions(db) == 1
            assert decisions(db) == 1
        assert decisions(db) == 0
        with pytest.raises(LookupError), as_gate(db):
            raise LookupError
        assert decisions(db) == 0
        with pytest.raises(DataError), db.begin_nested(), as_gate(db):
            db.execute(text("SELECT 1 / 0"))
        assert decisions(db) == 0, "also after a statement that failed, in a savepoint"


def _changed(database: Database, rows: Rows, who: str, act: str) -> int:
    """How many rows; none where the application may not do that to the table at all."""
    try:
        with database.transaction(rows.scope(who)) as db:
            return len(db.execute(text(f"{act} RETURNING 1")).all())
    except ProgrammingError as refused:
        if not isinstance(refused.orig, InsufficientPrivilege):
            raise
        return 0
