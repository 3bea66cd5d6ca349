"""The databases of one owner, two readers and the log, emptied rather than made anew for each example."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import psycopg

from shared.db.tenancy import Database
from shared.eventlog.interface import EventLog, partition_of
from shared.eventlog.postgres import PostgresEventLog, create_schema
from shared.events.base import EVENTS, Event, topic_of
from shared.ids import NIL
from shared.path.outbox import Outbox
from tests.path.stage import EFFECTS, define_events
from tests.postgres.plumbing import plumbing_tables
from tests.postgres.server import PostgresServer

FACTS = "CREATE TABLE fact (nr bigserial, key uuid, n bigint)"
LOCKS = "CREATE TABLE couple (key uuid PRIMARY KEY)"
MEMBERS = ("projector-1", "projector-2", "reactor-1", "reactor-2")
_EMPTY = {
    "owner": "DELETE FROM fact; DELETE FROM outbox; DELETE FROM timer; UPDATE practice SET clock_offset_s = 0",
    "reader": "DELETE FROM effect; DELETE FROM inbox; DELETE FROM log_position; DELETE FROM dead_letter",
    "log": "DELETE FROM log_member; DELETE FROM log_hint; DELETE FROM log_group; DELETE FROM log_record;"
    " UPDATE log_head SET next_offset = 0 WHERE next_offset > 0",
}


class Ticking:
    """A clock that is a millisecond further at every look, so that no two moments are equal."""

    def __init__(self) -> None:
        self.now = datetime(2030, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


@dataclass
class Place:
    """Where everything lies. `keys` are couples: two share a partition, the others have one each."""

    owner: str
    event_key: bytes
    practice_id: UUID
    owner_url: str
    reader_urls: dict[str, str]
    log_url: str
    log: EventLog
    noted: type[Event]
    changed: type[Event]
    keys: tuple[UUID, ...]
    admin: dict[str, psycopg.Connection[Any]]  # by database: what the tests themselves look at
    clock: "Ticking"
    databases: dict[str, Database]  # by process: the owner, each reader's operator, each member

    def empty(self) -> None:
        """As new: nothing was ever written, relayed or read."""
        for name, connection in self.admin.items():
            connection.execute(_EMPTY.get(name, _EMPTY["reader"]))

    def ask(self, database: str, sql: str, *values: Any) -> list[Any]:
        return self.admin[database].execute(sql, values).fetchall()  # type: ignore[arg-type]


@contextmanager
def place(server: PostgresServer) -> Iterator[Place]:
    owner = f"machine_{secrets.token_hex(3)}"
    noted, changed, warned = define_events(owner)
    names = ("owner", "projector", "reactor", "log")
    with ExitStack() as stack:
        # The log's is not copied: each log has an identity of its own.
        fill = {name: None if name == "log" else plumbing_tables for name in names}
        urls = {
            name: stack.enter_context(server.fresh_database(f"{owner}_{name}", fill=fill[name]))
            for name in names
        }
        create_schema(urls["log"])
        log = PostgresEventLog(urls["log"])
        log.ensure_topics([topic_of(owner)])
        admin = {
            name: stack.enter_context(psycopg.connect(url, autocommit=True)) for name, url in urls.items()
        }
        clock, event_key = Ticking(), secrets.token_bytes(32)
        carries = {"outbox": Outbox(event_key, clock), "clock": clock}
        processes = [*names[:3], *MEMBERS]
        made = Place(
            owner=owner,
            event_key=event_key,
            practice_id=uuid5(NIL, "practice"),
            owner_url=urls["owner"],
            reader_urls={name: urls[name] for name in ("projector", "reactor")},
            log_url=urls["log"],
            log=log,
            noted=noted,
            changed=changed,
            keys=_keys(),
            admin=admin,
            clock=clock,
            databases={
                name: Database(urls[name.partition("-")[0]], pool_size=4, name=name, carries=carries)
                for name in processes
            },
        )
        admin["owner"].execute(f"{FACTS}; {LOCKS}")
        for key in made.keys:
            admin["owner"].execute("INSERT INTO couple VALUES (%s)", (key,))
        admin["owner"].execute("INSERT INTO practice VALUES (%s, 'UTC', true, 0)", (made.practice_id,))
        for name in made.reader_urls:
            admin[name].execute(EFFECTS)
        try:
            yield made
        finally:
            for database in made.databases.values():
                database.close()
            for kind in (noted, changed, warned):
                del EVENTS[kind.TYPE]


def _keys() -> tuple[UUID, ...]:
    """Five keys, the same in every run: two of one partition, three of others."""
    found: dict[int, list[UUID]] = {}
    for n in range(100):
        key = uuid5(NIL, f"couple {n}")
        found.setdefault(partition_of(str(key).encode()), []).append(key)
    first, *others = sorted(found)
    return (*found[first][:2], *(found[partition][0] for partition in others[:3]))
