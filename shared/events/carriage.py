"""How an event travels, as schemas for those who write readers in another language: headers and key.

CloudEvents 1.0, Kafka protocol binding, binary mode: attributes are headers, the value is the data.
"""

from typing import Any
from uuid import UUID

from shared.eventlog.interface import PARTITIONS, partition_of
from shared.events.base import Event, topic_of
from shared.events.envelope import SIGNATURE, SNAPSHOT, Envelope, headers, tick_key
from shared.events.samples import MOMENT
from shared.settings import SERVICES

HEADERS: dict[str, Any] = {
    "type": "object",
    "description": "Headers of every record, as UTF-8 text.",
    "properties": {
        "ce_specversion": {"type": "string", "enum": ["1.0"]},
        "ce_id": {
            "type": "string",
            "format": "uuid",
            "description": "The event's own id (UUIDv7). A reader that has seen it ignores the record.",
        },
        "ce_source": {"type": "string", "description": "/ and the owning service."},
        "ce_type": {"type": "string", "description": "The event's full name and major version."},
        "ce_time": {
            "type": "string",
            "format": "date-time",
            "description": "Real time at which the owner recorded the event, not the practice's own clock.",
        },
        "ce_practice": {
            "type": "string",
            "format": "uuid",
            "description": "CloudEvents extension: the practice it belongs to; all zeros for a tick.",
        },
        "content-type": {"type": "string", "enum": ["application/json"]},
        SIGNATURE: {
            "type": "string",
            "pattern": "^[0-9a-f]{64}$",
            "description": "HMAC-SHA256 with the platform's key over ce_specversion, ce_id, ce_source, ce_type,"
            " ce_time, ce_practice, topic, partition in decimal, key and value, each preceded by its length"
            " in four bytes, big-endian; then, of a snapshot, ce_snapshotfor=<reader> in the same way. A record"
            " without a right one is a dead letter.",
        },
        SNAPSHOT: {
            "type": "string",
            "enum": list(SERVICES),
            "description": "CloudEvents extension: the one reader whose projections are rebuilt by this event. It says"
            " what is so, not that it just happened: others ignore it, and nobody is told of it.",
        },
        "traceparent": {
            "type": "string",
            "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$",
            "description": "W3C trace context of the command that recorded the event.",
        },
    },
    "required": [
        "ce_specversion",
        "ce_id",
        "ce_source",
        "ce_type",
        "ce_time",
        "ce_practice",
        "content-type",
        SIGNATURE,
    ],
}

EXAMPLE_KEY = bytes(32)
"""The examples are signed with 32 zero bytes, so that another implementation can check its own sums."""
_EXAMPLE_ID = UUID("019ccbd4-dc40-7000-8000-000000000001")
_EXAMPLE_PRACTICE = UUID("019ccbd4-dc40-7000-8000-000000000002")
_EXAMPLE_TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def headers_of(event_type: str, owner: str) -> dict[str, Any]:
    """The schema of one event's headers: those of all, with its own type and source."""
    own = {
        "ce_type": {"type": "string", "enum": [event_type]},
        "ce_source": {"type": "string", "enum": [f"/{owner}"]},
    }
    return {"allOf": [{"$ref": "#/components/schemas/headers"}, {"type": "object", "properties": own}]}


def key_schema(cls: type[Event]) -> dict[str, Any]:
    """The record's key: what orders the event among others."""
    what = f"{cls.KEY} of the payload" if cls.KEY else "The practice, as in ce_practice"
    return {
        "type": "string",
        "format": "uuid",
        "description": f"{what}. Partition: CRC-32 of the key (as text) modulo {PARTITIONS}.",
    }


TICK_KEY = {
    "type": "string",
    "enum": [tick_key(partition) for partition in range(PARTITIONS)],
    "description": "Names the partition it lies in.",
}


def example_headers(cls: type[Event], value: bytes, fields: dict[str, Any]) -> dict[str, str]:
    """Real headers of a sample whose payload is `value`, with `fields` as its content."""
    order_key = str(fields[cls.KEY] if cls.KEY else _EXAMPLE_PRACTICE)
    return headers(
        EXAMPLE_KEY,
        envelope=Envelope(_EXAMPLE_ID, cls.TYPE, _EXAMPLE_PRACTICE, MOMENT, _EXAMPLE_TRACE),
        source=f"/{cls.OWNER}",
        topic=topic_of(cls.OWNER),
        partition=partition_of(order_key.encode()),
        order_key=order_key,
        payload=value,
    )
