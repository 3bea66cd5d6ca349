"""The envelope an event travels in: CloudEvents 1.0, Kafka binding, binary mode (attributes are headers).

Every event is signed with the platform's key over everything a reader relies on; one without a right
signature is a dead letter, so nobody who can merely reach the log can invent a fact.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.ids import NIL

SIGNATURE = "attune-signature"
TICK_TYPE = "attune.plumbing.tick.v1"
"""A tick has no content: its time says that everything its owner committed before has passed by."""


class Forged(Exception):
    """The signature is missing or wrong."""


class EnvelopeMalformed(Exception):
    """A header is missing or not what CloudEvents and the conventions ask for."""


@dataclass(frozen=True, slots=True)
class Envelope:
    event_id: UUID
    type: str
    practice_id: UUID  # NIL for ticks
    occurred_at: datetime
    traceparent: str | None
    snapshot_for: str | None = (
        None  # the one reader whose projections are rebuilt by it; None: it just happened
    )


def headers(
    key: bytes, *, envelope: Envelope, source: str, topic: str, partition: int, order_key: str, payload: bytes
) -> dict[str, str]:
    """The headers of one event, signed."""
    made = {
        "ce_specversion": "1.0",
        "ce_id": str(envelope.event_id),
        "ce_source": source,
        "ce_type": envelope.type,
        "ce_time": envelope.occurred_at.isoformat(),
        "ce_practice": str(envelope.practice_id),
        "content-type": "application/json",
    }
    if envelope.traceparent:
        made["traceparent"] = envelope.traceparent
    if envelope.snapshot_for:
        made[_SNAPSHOT] = envelope.snapshot_for
    made[SIGNATURE] = _signature(key, made, topic, partition, order_key.encode(), payload)
    return made


def open_envelope(
    key: bytes,
    raw: Iterable[tuple[str, bytes]],
    *,
    topic: str,
    partition: int,
    order_key: bytes,
    payload: bytes,
) -> Envelope:
    """Check the signature, then read the headers. Raises Forged or EnvelopeMalformed."""
    try:
        got = {name: value.decode() for name, value in raw}
    except UnicodeDecodeError as error:
        raise EnvelopeMalformed from error
    expected = _signature(key, got, topic, partition, order_key, payload)
    if not hmac.compare_digest(expected.encode(), got.get(SIGNATURE, "").encode()):
        raise Forged
    try:
        occurred_at = datetime.fromisoformat(got["ce_time"])
        if occurred_at.tzinfo is None or got["ce_specversion"] != "1.0":
            raise EnvelopeMalformed
        return Envelope(
            event_id=UUID(got["ce_id"]),
            type=got["ce_type"],
            practice_id=UUID(got.get("ce_practice", str(NIL))),
            occurred_at=occurred_at,
            traceparent=got.get("traceparent"),
            snapshot_for=got.get(_SNAPSHOT),
        )
    except (KeyError, ValueError) as error:
        raise EnvelopeMalformed from error


_SNAPSHOT = "ce_snapshotfor"
_SIGNED = ("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_practice")


def _signature(
    key: bytes, named: Mapping[str, str], topic: str, partition: int, order_key: bytes, payload: bytes
) -> str:
    """HMAC-SHA256 over length-prefixed parts, so that no two different events have the same bytes."""
    mac = hmac.new(key, digestmod=hashlib.sha256)
    parts = [named.get(name, "").encode() for name in _SIGNED]
    parts += [topic.encode(), str(partition).encode(), order_key, payload]
    # One part more: neither a snapshot nor a live event can be made to pass for the other.
    if _SNAPSHOT in named:
        parts.append(f"{_SNAPSHOT}={named[_SNAPSHOT]}".encode())
    for part in parts:
        mac.update(len(part).to_bytes(4, "big"))
        mac.update(part)
    return mac.hexdigest()
