"""A platform's real parts without its processes: keys, PostgreSQL, five migrated databases and a log, in a folder
as `attune up` makes it. A test drives the path by hand and runs `attune events` against the folder."""

import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg

from deploy.local import databases
from deploy.local.cli import main
from deploy.local.databases import EVENTS, database_of, role_of, with_login
from deploy.local.events.access import Access, handlers_of, open_access
from deploy.local.keys import open_keys
from shared.clock import utcnow
from shared.db.migrations import upgrade
from shared.db.tenancy import Scope
from shared.eventlog import open_log
from shared.eventlog.interface import Outgoing
from shared.eventlog.postgres import create_schema
from shared.events.base import Event, topic_of
from shared.events.gateway import PracticeCreated
from shared.events.intake import CareTeamChanged, CoupleRegistered
from shared.path import outbox
from shared.path.consumer import Consumer
from shared.path.handlers import Handlers
from shared.path.outbox import Outbox
from shared.path.relay import Relay
from shared.settings import SERVICES
from tests.loglines import be_quiet
from tests.postgres.server import PostgresServer

_WORKER = Scope(role="worker")


class Bug(Exception):
    """What a handler with a bug raises."""


@dataclass(frozen=True)
class Done:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


@dataclass
class Clinic:
    data: Path
    server: PostgresServer
    kafka: str | None
    access: Access

    def run(self, *arguments: str, **environment: str) -> Done:
        """`attune events …` against this clinic, in this process: the whole command from its entry point."""
        place = ["--data", str(self.data), *(["--kafka", self.kafka] if self.kafka else [])]
        return attune("events", *arguments, *place, **environment)

    def couple(self) -> tuple[UUID, UUID, list[Event]]:
        """A new practice and couple: its practice, its key and three events of that key, told to nobody yet."""
        practice_id, couple_id = uuid4(), uuid4()
        self.record("gateway", practice_id, PracticeCreated(zone="America/Denver", is_demo=False))  # type: ignore[arg-type]
        return practice_id, couple_id, [
            CoupleRegistered(couple_id=couple_id, partner_ids=(uuid4(), uuid4())),
            CareTeamChanged(couple_id=couple_id, practitioner_ids=(uuid4(),)),
            CareTeamChanged(couple_id=couple_id, practitioner_ids=(uuid4(), uuid4())),
        ]  # fmt: skip

    def record(self, owner: str, practice_id: UUID, *facts: Event) -> list[UUID]:
        """Record facts in their owner's outbox; their event ids."""
        with (
            self.access.database(owner) as database,
            database.transaction(Scope(practice_id, role="worker")) as db,
        ):
            return [outbox.record(db, fact) for fact in facts]

    def tick(self, owner: str, *, ago: timedelta = timedelta(), relay: bool = True) -> None:
        """A tick of each partition, as of some time ago."""
        at = utcnow() - ago
        with self.access.database(owner) as database, database.transaction(_WORKER) as db:
            Outbox(self.access.event_key, lambda: at).record_ticks(db, owner)
        if relay:
            self.relay(owner)

    def relay(self, *owners: str) -> None:
        for owner in owners:
            relay = Relay(self.access.worker_urls[owner], open_log(self.access.log_url), service=owner)
            with psycopg.connect(self.access.worker_urls[owner], autocommit=True) as connection:
                while relay.relay_once(connection):
                    pass
            relay.close()

    def consume(self, *services: str, bug_in: type[Event] | None = None) -> None:
        """Let services apply all that the log holds. `bug_in`: by a program whose handler of it has a bug."""
        reader = self.access.reader()
        for service in services:
            handlers = handlers_of(service)
            if bug_in is not None:
                handlers = with_bug(handlers, bug_in)
            wanted = sum(one.next for one in reader.bounds(handlers.topics()).values())
            with self.access.database(service) as database:
                log = open_log(self.access.log_url)
                consumer = Consumer(
                    database, log, handlers, event_key=self.access.event_key, member=f"{service}-1"
                )
                consumer.is_key_proven = True  # nobody ticks here
                consumer.open()
                deadline = utcnow() + timedelta(seconds=40)
                while self._position(service, consumer._log_id) < wanted:
                    assert utcnow() < deadline, f"{service} does not catch up"
                    consumer.step(0.5)
                consumer.close()
        reader.close()

    def everybody_is_fresh(self) -> None:
        """Every owner ticks and every service applies it."""
        for owner in SERVICES:
            self.tick(owner)
        self.consume(*SERVICES)

    def append(self, owner: str, *, key: bytes, value: bytes, headers: list[tuple[str, bytes]]) -> None:
        """Put a record on a topic past the outbox, as somebody who can merely reach the log would."""
        producer = open_log(self.access.log_url).producer()
        assert producer.append([Outgoing(topic_of(owner), 0, key, value, tuple(headers))]) == [None]
        producer.close()

    def read(self, service: str, sql: str, *values: Any) -> list[Any]:
        with psycopg.connect(self.server.url_of(database_of(service)), autocommit=True) as connection:
            return connection.execute(sql, values).fetchall()  # type: ignore[arg-type]

    def clear(self) -> None:
        """Forget all events, on the log and in every database; practices and couples stay."""
        self.access.close()
        for service in SERVICES:
            with psycopg.connect(self.server.url_of(database_of(service)), autocommit=True) as connection:
                connection.execute(
                    "TRUNCATE dead_letter, outbox, inbox, log_position, operator_act RESTART IDENTITY"
                )
        if self.kafka is None:
            with psycopg.connect(self.server.url_of(database_of(EVENTS)), autocommit=True) as connection:
                connection.execute(
                    "TRUNCATE log_record, log_head, log_topic, log_hint, log_member, log_group"
                )
            open_log(self.access.log_url).ensure_topics([topic_of(name) for name in SERVICES])

    def _position(self, service: str, log_id: str) -> int:
        found = self.read(
            service, "SELECT coalesce(sum(next_offset), 0) FROM log_position WHERE log_id = %s", log_id
        )
        return int(found[0][0])


def with_bug(handlers: Handlers, kind: type[Event]) -> Handlers:
    """The same program before its bug was mended."""

    def fail(*_: Any) -> None:
        raise Bug

    return replace(
        handlers,
        projections={one: fail if one is kind else handle for one, handle in handlers.projections.items()},
        reactions={one: fail if one is kind else handle for one, handle in handlers.reactions.items()},
    )


def attune(*arguments: str, **environment: str) -> Done:
    """The command from its entry point, in this process."""
    out, err = io.StringIO(), io.StringIO()
    before, handler, argv = dict(os.environ), signal.getsignal(signal.SIGTERM), sys.argv
    for name in [name for name in os.environ if name.startswith("ATTUNE_")]:
        del os.environ[name]
    os.environ.update(environment)
    sys.argv = ["attune", *arguments]
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main()
    except SystemExit as end:
        return Done(int(end.code or 0), out.getvalue(), err.getvalue())
    finally:
        sys.argv = argv
        os.environ.clear()
        os.environ.update(before)
        signal.signal(signal.SIGTERM, handler)
        be_quiet()
    raise AssertionError("the command did not end")


@contextmanager
def clinic_in(folder: Path) -> Iterator[Clinic]:
    """A clinic on the embedded log, migrated and empty."""
    data = folder / "data"
    data.mkdir(mode=0o711)
    server = PostgresServer(data / "postgres")
    server.start()
    keys = open_keys(data / "keys", may_make=True)
    databases.prepare(server.admin_url, keys.password, is_ours_alone=True, with_events=True)

    def url(area: str) -> str:
        role = role_of(area, "owner")
        return with_login(
            server.admin_url, database=database_of(area), user=role, password=keys.password(role)
        )

    for service in SERVICES:
        upgrade(service, url(service))
    create_schema(url(EVENTS))
    made = Clinic(data, server, None, open_access(data, None, None))
    made.clear()
    yield made
    made.access.close()
    server.stop()
