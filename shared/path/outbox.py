"""Record an event in the transaction that changes the state: both commit or neither does."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.orm import Session

from shared.clock import Clock, utcnow
from shared.db.tenancy import practice_of
from shared.eventlog.interface import PARTITIONS, partition_of
from shared.events import Event, encode, key_of, topic_of
from shared.events.envelope import TICK_TYPE, Envelope, headers, tick_key
from shared.ids import NIL, new_id
from shared.path.failpoints import reach
from shared.telemetry import trace

CHANNEL = "attune_outbox"
LARGEST_PAYLOAD = 256 * 1024  # well under every log's limit, so that a record is never refused by size

# All rows as one JSON document: no statement, and hardly any work here, for each. They get their ids in order.
_INSERT = text(
    "WITH written AS (INSERT INTO outbox"
    " (event_id, practice_id, topic, partition, key, type, headers, payload, occurred_at)"
    " SELECT event_id, practice_id, topic, partition, key, type, headers, convert_to(payload, 'UTF8'), occurred_at"
    " FROM ROWS FROM (json_to_recordset(CAST(:rows AS json)) AS (event_id uuid, practice_id uuid, topic text,"
    " partition smallint, key text, type text, headers jsonb, payload text, occurred_at timestamptz))"
    " WITH ORDINALITY ORDER BY ordinality) SELECT pg_notify(:channel, '')"
)


class Outbox:
    """Signs and stores events. One per process; the key is the platform's."""

    def __init__(self, event_key: bytes, clock: Clock = utcnow) -> None:
        self._key = event_key
        self._clock = clock

    def record(
        self, db: Session, fact: Event, *, snapshot_for: str | None = None, at: datetime | None = None
    ) -> UUID:
        """Store `fact` for the relay, in this transaction. Validated and serialised here, once.

        The row it is about must be locked or version-checked before, so that the outbox's order is commit
        order per key. Rows are written together just before the commit: a batch of reactions costs one
        statement. Not within a savepoint, which could take back the state but not the event. Returns its id.
        `snapshot_for` names the reader that is rebuilt by it, `at` (real time) when what it says became so, if
        that was not now.
        """
        if db.in_nested_transaction():
            raise RuntimeError(f"{fact.TYPE} was recorded within a savepoint")
        db.flush()
        payload = encode(fact)
        if len(payload) > LARGEST_PAYLOAD:
            raise ValueError(f"{fact.TYPE} has {len(payload)} bytes, more than the log takes")
        practice_id = practice_of(db)
        order_key = key_of(fact, practice_id)
        here = trace.current()
        trace_header = here.header() if here else None
        envelope = Envelope(new_id(), fact.TYPE, practice_id, at or self._clock(), trace_header, snapshot_for)
        row = self._row(envelope, fact.OWNER, partition_of(order_key.encode()), order_key, payload)
        db.info.setdefault("outgoing", []).append(row)
        if write_now not in db.info["before_commit"]:
            db.info["before_commit"].append(write_now)
        return envelope.event_id

    def record_ticks(self, db: Session, owner: str) -> datetime:
        """One tick per partition of the owner's topic; returns their time."""
        at = self._clock()
        ticks = [
            self._row(
                Envelope(new_id(), TICK_TYPE, NIL, at, None), owner, partition, tick_key(partition), b"{}"
            )
            for partition in range(PARTITIONS)
        ]
        _insert(db, ticks)
        return at

    def _row(
        self, envelope: Envelope, owner: str, partition: int, order_key: str, payload: bytes
    ) -> dict[str, Any]:
        topic = topic_of(owner)
        signed = headers(
            self._key,
            envelope=envelope,
            source=f"/{owner}",
            topic=topic,
            partition=partition,
            order_key=order_key,
            payload=payload,
        )
        return {
            "event_id": envelope.event_id,
            "practice_id": envelope.practice_id,
            "topic": topic,
            "partition": partition,
            "key": order_key,
            "type": envelope.type,
            "headers": signed,
            "payload": payload.decode(),
            "occurred_at": self._clock(),  # how long it has waited here counts from now, whatever it says
        }


def write_now(db: Session) -> None:
    """Write what this transaction has recorded so far. It happens by itself before the commit."""
    if rows := db.info.pop("outgoing", None):
        db.flush()
        _insert(db, rows)
        reach("outbox.before_commit")


def _insert(db: Session, rows: list[dict[str, Any]]) -> None:
    db.execute(_INSERT, {"rows": msgspec.json.encode(rows).decode(), "channel": CHANNEL})


def record(db: Session, fact: Event) -> UUID:
    """Record an event through the outbox that this transaction's database carries. See Outbox.record."""
    carried: Outbox = db.info["outbox"]
    return carried.record(db, fact)
