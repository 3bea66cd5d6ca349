"""Record an event in the transaction that changes the state: both commit or neither does."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from shared.clock import Clock, utcnow
from shared.db.tenancy import practice_of
from shared.eventlog.interface import PARTITIONS, partition_of
from shared.events.base import Event, encode, key_of, topic_of
from shared.events.envelope import TICK_TYPE, Envelope, headers
from shared.ids import NIL, new_id
from shared.path.failpoints import reach
from shared.telemetry import trace

CHANNEL = "attune_outbox"
LARGEST_PAYLOAD = 256 * 1024  # well under every log's limit, so that a record is never refused by size

_INSERT = text(
    "INSERT INTO outbox (event_id, practice_id, topic, partition, key, type, headers, payload, occurred_at)"
    " VALUES (:event_id, :practice_id, :topic, :partition, :key, :type, :headers, :payload, :occurred_at)"
).bindparams(bindparam("headers", type_=JSONB))
# PostgreSQL folds equal notifications of one transaction into one.
_NOTIFY = text(f"SELECT pg_notify('{CHANNEL}', '')")


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
        order per key. Returns the event's id. `snapshot_for` names the reader that is rebuilt by it, `at` (real
        time) when what it says became so, if that was not now.
        """
        db.flush()
        payload = encode(fact)
        if len(payload) > LARGEST_PAYLOAD:
            raise ValueError(f"{fact.TYPE} has {len(payload)} bytes, more than the log takes")
        practice_id = practice_of(db)
        order_key = key_of(fact, practice_id)
        here = trace.current()
        envelope = Envelope(
            new_id(),
            fact.TYPE,
            practice_id,
            at or self._clock(),
            here.header() if here else None,
            snapshot_for,
        )
        self._insert(db, envelope, fact.OWNER, partition_of(order_key.encode()), order_key, payload)
        reach("outbox.before_commit")
        return envelope.event_id

    def record_ticks(self, db: Session, owner: str) -> datetime:
        """One tick per partition of the owner's topic; returns their time."""
        at = self._clock()
        for partition in range(PARTITIONS):
            envelope = Envelope(new_id(), TICK_TYPE, NIL, at, None)
            self._insert(db, envelope, owner, partition, f"tick-{partition}", b"{}")
        return at

    def _insert(
        self, db: Session, envelope: Envelope, owner: str, partition: int, order_key: str, payload: bytes
    ) -> None:
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
        db.execute(
            _INSERT,
            {
                "event_id": envelope.event_id,
                "practice_id": envelope.practice_id,
                "topic": topic,
                "partition": partition,
                "key": order_key,
                "type": envelope.type,
                "headers": signed,
                "payload": payload,
                "occurred_at": self._clock(),  # how long it has waited here counts from now, whatever it says
            },
        )
        db.execute(_NOTIFY)


def record(db: Session, fact: Event) -> UUID:
    """Record an event through the outbox that this transaction's database carries. See Outbox.record."""
    carried: Outbox = db.info["outbox"]
    return carried.record(db, fact)
