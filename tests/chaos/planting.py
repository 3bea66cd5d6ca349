"""Plants what a checker must find: rows in the real tables, mails, records and promises. Nothing of it is kept."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import sql

from deploy.local.databases import database_of
from shared.ids import new_id
from shared.settings import SERVICES
from tests.chaos.checker import judge
from tests.chaos.commands import Command, Journal
from tests.chaos.sight import Mail, Record, Sight
from tests.chaos.verdict import Judgement
from tests.postgres.server import PostgresServer

NOON = datetime(2030, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Scene:
    """Everything that the checker looks at, to be spoiled. Its connections' transactions are never committed."""

    services: dict[str, psycopg.Connection[Any]]
    mails: list[Mail] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    journal: Journal = field(default_factory=Journal)
    practice: UUID = field(default_factory=uuid4)
    before: Judgement = field(default_factory=Judgement)

    def judge(self) -> Judgement:
        return judge(Sight(self.services, self.mails, self.records), self.journal)

    def faults(self) -> dict[str, int]:
        """What was planted, as the checker calls it."""
        return self.judge().since(self.before).faults

    def run(self, service: str, statement: str) -> None:
        self.services[service].execute(statement.encode())

    def drop_unique(self, service: str, table: str) -> None:
        """Take away what would refuse a second row of the same."""
        query = "SELECT conname FROM pg_constraint WHERE contype = 'u' AND conrelid = %s::regclass"
        for (name,) in self.services[service].execute(query, (table,)).fetchall():
            drop = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}")
            self.services[service].execute(drop.format(sql.Identifier(table), sql.Identifier(name)))

    def row(self, service: str, table: str, **values: Any) -> None:
        values = {"practice_id": self.practice, **values}
        names = sql.SQL(", ").join(map(sql.Identifier, values))
        places = sql.SQL(", ").join([sql.Placeholder()] * len(values))
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(sql.Identifier(table), names, places)
        self.services[service].execute(statement, list(values.values()))

    def promise(self, path: str, answer: dict[str, Any] | None = None, *, status: int = 201) -> Command:
        """A command that was answered just now."""
        now = time.time()
        made = Command(path, now, status, now, [answer or {}])
        self.journal.commands[str(uuid4())] = made
        return made

    def appointment(self, session_id: UUID, state: str) -> None:
        """What notify knows of one."""
        self.row("notify", "appointment", session_id=session_id, kind="preparation", state=state,
                 partner_ids=[], practitioner_ids=[], told_count=0)  # fmt: skip

    def booking(self, *, who: UUID, starts_at: datetime = NOON, is_known: bool = True) -> UUID:
        """One hour of somebody's, which notify knows of."""
        booking_id = uuid4()
        self.row("sessions", "booking", id=booking_id, kind="preparation", state="booked", couple_id=uuid4(),
                 partner_ids=[uuid4()], practitioner_ids=[who], starts_at=starts_at,
                 ends_at=starts_at + HOUR, zone="UTC", is_called_off=False, version=1)  # fmt: skip
        if is_known:
            self.appointment(booking_id, "booked")
        return booking_id

    def medicine_session(self, **values: Any) -> UUID:
        """One that runs."""
        session_id = uuid4()
        self.row("sessions", "medicine_session", id=session_id, couple_id=uuid4(), programme="ketamine_clinic",
                 state="in_progress", taking_ids=[uuid4()], attending_ids=[], practitioner_ids=[uuid4()],
                 room_id=uuid4(), starts_at=NOON, ends_at=NOON + 4 * HOUR, zone="UTC", started_at=NOON,
                 version=1, **{"is_stopped": False, **values})  # fmt: skip
        self.appointment(session_id, "in_progress")
        return session_id

    def withdrawal(self, session_id: UUID) -> None:
        """A withdrawal, with the alert that somebody was told of."""
        person = uuid4()
        self.row("sessions", "consent_act", id=new_id(), session_id=session_id, person_id=person,
                 state="withdrawn", at=NOON)  # fmt: skip
        self.alert("consent_withdrawn", person_id=person)

    def alert(
        self, kind: str, *, source: UUID | None = None, person_id: UUID | None = None, is_told: bool = True
    ) -> UUID:
        alert_id = new_id()
        self.row("notify", "alert", id=alert_id, kind=kind, source_id=source or uuid4(), couple_id=uuid4(),
                 person_id=person_id, also_ids=[], step=0, rank=0, state="open", raised_at=NOON)  # fmt: skip
        if is_told:
            self.delivery(self.notice("alert", alert_id))
        return alert_id

    def notice(self, occasion: str, about: UUID) -> UUID:
        notice_id = new_id()
        self.row("notify", "notice", id=notice_id, occasion=occasion, occurrence=str(notice_id),
                 about_id=about, created_at=NOON)  # fmt: skip
        return notice_id

    def delivery(self, notice_id: UUID, *, recipient: UUID | None = None) -> UUID:
        """A mail of a notice on its way; the key that forbids a second one may be gone."""
        delivery_id = uuid4()
        query = "SELECT occasion, occurrence FROM notice WHERE id = %s"
        ((occasion, occurrence),) = self.services["notify"].execute(query, (notice_id,)).fetchall()
        self.row("notify", "delivery", id=delivery_id, notice_id=notice_id, recipient_id=recipient or uuid4(),
                 occasion=occasion, occurrence=occurrence, channel="email", state="sent", attempts=1,
                 is_read=False, created_at=NOON, changed_at=NOON)  # fmt: skip
        return delivery_id

    def mail(self, delivery_id: UUID, *, at: float | None = None) -> None:
        self.mails.append(Mail(delivery_id, "ana@example.org", at or time.time()))

    def concern(self) -> UUID:
        concern_id = new_id()
        self.row("integration", "safety_concern", id=concern_id, person_id=uuid4(), couple_id=uuid4(),
                 check_in_id=uuid4(), urgency="high", kinds=b"sealed", state="open", raised_at=NOON)  # fmt: skip
        return concern_id

    def event(
        self, session_id: UUID, *, event_id: UUID | None = None, applied_by: tuple[str, ...] = ()
    ) -> UUID:
        """A booking's event on the log, and in the inboxes of these."""
        one = event_id or new_id()
        kind = "attune.sessions.session_booked.v1"
        self.records.append(Record(f"attune.sessions/0/{len(self.records)}", one, kind, str(session_id)))
        for service in applied_by:
            self.row(service, "inbox", event_id=one, type=kind)
        return one

    def outbox(self) -> None:
        self.row("sessions", "outbox", event_id=new_id(), topic="attune.sessions", partition=0, key="k",
                 type="attune.sessions.session_booked.v1", headers="{}", payload=b"",
                 occurred_at=NOON)  # fmt: skip


@contextmanager
def scene(server: PostgresServer) -> Iterator[Scene]:
    """Over the databases of the world, in transactions that are rolled back."""
    with ExitStack() as exits:
        services = {}
        for service in SERVICES:
            services[service] = connection = psycopg.connect(server.url_of(database_of(service)))
            exits.callback(connection.close)  # without a commit
        made = Scene(services)
        made.before = made.judge()
        yield made
