"""The plumbing tables that every service's database holds beside its own: Core tables, no models.

`practice` is every service's own copy of what it must know of a practice: its zone and its clock.
"""

from typing import Any

from sqlalchemy import (
    TIMESTAMP,
    BigInteger,
    Boolean,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()
_MOMENT = TIMESTAMP(timezone=True)
_PRACTICE = text("nullif(current_setting('app.practice', true), '')::uuid")

practice = Table(
    "practice",
    metadata,
    Column("practice_id", Uuid, primary_key=True),
    Column("zone", Text, nullable=False),
    Column("is_demo", Boolean, nullable=False),
    Column("clock_offset_s", BigInteger, nullable=False, server_default="0"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("practice_id", Uuid, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", SmallInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("occurred_at", _MOMENT, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("practice_id", Uuid, nullable=False),
    Column("type", Text, nullable=False),
    Column("applied_at", _MOMENT, nullable=False, server_default=func.now()),
    Index("inbox_applied_at", "applied_at"),
)

log_position = Table(
    "log_position",
    metadata,
    Column("log_id", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", SmallInteger, nullable=False),
    Column("next_offset", BigInteger, nullable=False),
    Column("ticked_at", _MOMENT),  # what the owner committed before this moment has been applied here
    PrimaryKeyConstraint("log_id", "topic", "partition"),
)

dead_letter = Table(
    "dead_letter",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("event_id", Uuid),
    Column("practice_id", Uuid),
    Column("log_id", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", SmallInteger, nullable=False),
    Column("log_offset", BigInteger, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("type", Text),
    Column("headers", JSONB, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("reason", Text, nullable=False),  # forged, malformed, unknown_type, failed, parked
    Column("error_type", Text),
    Column("created_at", _MOMENT, nullable=False, server_default=func.now()),
    Column("replayed_at", _MOMENT),
    Column("replayed_by", Text),  # the operator who asked for it
    UniqueConstraint("log_id", "topic", "partition", "log_offset"),
    Index("dead_letter_waiting", "topic", "key", postgresql_where=text("replayed_at IS NULL")),
)

timer = Table(
    "timer",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("practice_id", Uuid, nullable=False, server_default=_PRACTICE),
    Column("kind", Text, nullable=False),
    Column("ref", Uuid, nullable=False),
    Column("occurrence", Text, nullable=False, server_default=""),
    Column("due_at", _MOMENT, nullable=False),  # in the practice's time
    Column("fire_at", _MOMENT, nullable=False),  # in real time: due_at less the practice's clock offset
    Column("attempts", Integer, nullable=False, server_default="0"),
    UniqueConstraint("practice_id", "kind", "ref", "occurrence"),
    Index("timer_fire_at", "fire_at"),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("practice_id", Uuid, nullable=False),
    Column("actor_id", Uuid, nullable=False),
    Column("route", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("request_hash", LargeBinary, nullable=False),
    Column("resource_id", Uuid),
    Column("created_at", _MOMENT, nullable=False, server_default=func.now()),
    PrimaryKeyConstraint("practice_id", "actor_id", "route", "key"),
    Index("idempotency_created_at", "created_at"),
)

operator_act = Table(
    "operator_act",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("run_id", Uuid, nullable=False),  # one command of an operator; it may need several transactions
    Column("at", _MOMENT, nullable=False, server_default=func.now()),
    Column("by", Text, nullable=False),
    Column("act", Text, nullable=False),  # shared.path.acts.Act
    Column("because", Text),  # the number of an incident or ticket, never a sentence
    Column(
        "asked", JSONB, nullable=False, server_default="{}"
    ),  # which letters or events: ids and enumerations
    Column("letter_id", BigInteger),
    Column("event_id", Uuid),
    Column("applied", BigInteger),
    Column("waiting", BigInteger),
)

# One key per owner and class of data, wrapped by a key that is not in the database. Destroying it erases.
data_key = Table(
    "data_key",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("practice_id", Uuid, nullable=False, server_default=_PRACTICE),
    Column("owner_id", Uuid, nullable=False),  # whose words it seals
    Column("data_class", Text, nullable=False),
    Column("generation", SmallInteger, nullable=False, server_default="1"),  # the highest seals
    Column("wrapped", LargeBinary),  # null: destroyed
    Column("wrapped_by", Text, nullable=False),  # the name of the key-encryption key
    Column("made_at", _MOMENT, nullable=False, server_default=func.now()),
    Column("destroyed_at", _MOMENT),
    UniqueConstraint("practice_id", "owner_id", "data_class", "generation"),
    Index("data_key_wrapped_by", "wrapped_by", postgresql_where=text("wrapped IS NOT NULL")),
)


def _audited() -> list[Column[Any]]:
    """Who looked at or changed what: ids, times and enumerations, never a word of what was seen."""
    return [
        Column("practice_id", Uuid, nullable=False, server_default=_PRACTICE),
        Column("at", _MOMENT, nullable=False, server_default=func.clock_timestamp()),
        Column("actor_id", Uuid, nullable=False),
        Column("roles", Text, nullable=False),
        Column("act", Text, nullable=False),
        Column("kind", Text, nullable=False),  # of record: the table's name
        Column("record_id", Uuid),  # null: a list, or all of a kind
        Column("about_id", Uuid),  # whose data it is, a person or a couple
        Column("relation", Text, nullable=False),  # by what right
        Column("route", Text, nullable=False),
    ]


# Written by the transaction that reads or changes; moved into the chain by the sealer within a second.
audit_row = Table("audit_row", metadata, Column("id", Uuid, primary_key=True), *_audited())

audit_chain = Table(
    "audit_chain",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),  # from 1, without gaps
    Column("id", Uuid, nullable=False, unique=True),
    *_audited(),
    Column("previous", LargeBinary, nullable=False),  # the hash before; of the first 32 zero bytes
    Column("hash", LargeBinary, nullable=False),
    Index("audit_chain_about", "about_id", "at"),
)

audit_checkpoint = Table(
    "audit_checkpoint",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    Column("at", _MOMENT, nullable=False),
    Column("key_name", Text, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)

WALLED = (
    "practice", "outbox", "inbox", "dead_letter", "timer", "idempotency", "data_key", "audit_row", "audit_chain",
)  # fmt: skip
"""Plumbing tables with a practice: the application role sees its own practice's rows, the worker all."""

UNWALLED = {
    "log_position": "offsets of the log: a position belongs to the service, not to a practice",
    "audit_checkpoint": "a hash over rows of all practices: only the worker sees it",
    "operator_act": "an operator acts on the platform; the application can't see it, the worker only adds rows",
}
"""Plumbing tables without a practice, each with the reason."""

OF_SECOND_REVISION = ("operator_act",)
"""Made by each service's second plumbing revision, on new databases and on those made before it."""

OF_THIRD_REVISION = ("data_key", "audit_row", "audit_chain", "audit_checkpoint")
"""Made by each service's third plumbing revision."""
