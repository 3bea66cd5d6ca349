"""One couple's rows in every table of a service that knows people, and whoever might want to read them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
from sqlalchemy import Column, Insert, MetaData, Table, insert, text
from sqlalchemy.dialects.postgresql import ARRAY

from shared.db.tenancy import Database, Scope
from shared.vault.sealing import Ciphertext
from tests.world.world import World

ROLE_OF = {
    "treats": "practitioner",
    "attends": "facilitator",
    "stranger": "prescriber",
    "opened": "practitioner",
    "opened_ana": "practitioner",
    "opened_bo": "practitioner",
    "ran_out": "practitioner",
    "desk": "front_desk",
    "admin": "practice_admin",
    "ana": "partner",
    "bo": "partner",
    "elsewhere": "partner",  # of another couple
    "public": "public",
    "operator": "operator",
    "worker": "worker",
}
"""Who asks → their role. `opened…` broke the glass: to the couple, to Ana, to Bo; `ran_out` did so yesterday."""


@dataclass
class Rows:
    """Ana's rows, by table; of a session in which she alone takes part, with the practitioner who `attends`."""

    world: World
    service: str
    admin_url: str
    practice: UUID
    roles: Mapping[str, str] = field(default_factory=lambda: ROLE_OF)
    people: dict[str, UUID] = field(default_factory=lambda: {who: uuid4() for who in ROLE_OF})
    couple_id: UUID = field(default_factory=uuid4)
    session_id: UUID = field(default_factory=uuid4)

    def scope(self, who: str) -> Scope:
        return Scope(self.practice, self.people[who], self.roles[who])

    def sees(self, database: Database, table: str, where: str = "true") -> set[str]:
        """Who reads a row of the table, asked in SQL without any filter, under the application's own role.

        `where` says which of the rows is meant, where the table has several.
        """
        found = set()
        for who in self.roles:
            with database.transaction(self.scope(who)) as db:
                if db.execute(text(f"SELECT 1 FROM {table} WHERE {where} LIMIT 1")).first():
                    found.add(who)
        return found

    def sees_without_its_wall(self, table: str, who: str) -> bool:
        """The same, in a transaction in which the wall of the table was taken down, and which is rolled back."""
        with self.without_its_wall(table, who, "SELECT") as connection:
            return connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None

    @contextmanager
    def without_its_wall(self, table: str, who: str, *acts: str) -> Iterator[psycopg.Connection[Any]]:
        """A transaction of `who` in which the table has no wall against these acts; it is rolled back."""
        scope = self.scope(who)
        settings = {"practice": str(scope.practice_id), "actor": str(scope.actor_id), "role": scope.role}
        with psycopg.connect(self.admin_url) as connection:
            for (name,) in connection.execute(
                "SELECT policyname FROM pg_policies WHERE tablename = %s AND permissive = 'RESTRICTIVE'"
                " AND cmd = ANY (%s)",
                (table, list(acts)),
            ).fetchall():
                connection.execute(f'DROP POLICY "{name}" ON {table}')
            connection.execute(f"SET LOCAL ROLE attune_{self.service}_app")
            for name, value in settings.items():
                connection.execute("SELECT set_config(%s, %s, true)", (f"app.{name}", value))
            yield connection
            connection.rollback()


def fill(rows: Rows, metadata: MetaData, tables: Iterator[str]) -> None:
    """One row in each table, and the projections that say who treats whom and who broke the glass."""
    with rows.world.sides[rows.service].database.transaction(Scope(rows.practice, role="worker")) as db:
        for name in tables:
            table = metadata.tables[name]
            db.execute(a_row(rows, table))
        glass = metadata.tables["break_glass"]
        for who, person, hours in (
            ("opened", None, 1),
            ("opened_ana", rows.people["ana"], 1),
            ("opened_bo", rows.people["bo"], 1),
            ("ran_out", None, -24),
        ):
            opened = {
                "practice_id": rows.practice,
                "break_glass_id": uuid4(),
                "couple_id": rows.couple_id,
                "person_id": person,
                "practitioner_id": rows.people[who],
                "expires_at": datetime.now(UTC) + timedelta(hours=hours),
            }
            db.execute(insert(glass).values(opened))


def a_row(rows: Rows, table: Table, **but: Any) -> Insert:
    """The statement that puts such a row into the table, with other values where they are given."""
    return insert(table).values({one.name: _value(rows, table, one) for one in table.columns} | but)


def _value(rows: Rows, table: Table, column: Column[Any]) -> Any:
    people = rows.people
    known: dict[str, Any] = {
        "practice_id": rows.practice,
        "couple_id": rows.couple_id,
        "person_id": people["ana"],
        "reader_id": people["bo"],
        "session_id": rows.session_id,
        "practitioner_id": people["treats"],
        "practitioner_ids": [people["treats" if table.name == "couple" else "attends"]],
        "partner_ids": [people["ana"], people["bo"]] if table.name == "couple" else [people["ana"]],
        "taking_ids": [people["ana"]],
        "attending_ids": [],
        "audience": "both",
        "enquiry_id": None,
    }
    if column.name in known:
        return known[column.name]
    if table.name == "medicine_session" and column.name == "id":
        return rows.session_id
    if isinstance(column.type, ARRAY):
        return []
    kind = column.type.python_type
    made: dict[type, Any] = {
        UUID: uuid4(),
        str: "words",
        int: 1,
        bool: False,
        datetime: datetime.now(UTC),
        time: None,
    }
    return made.get(kind, Ciphertext(b"sealed"))  # clinical columns name no type
