"""The bytes that are hashed and signed: every field with its length before it, so that none can run into the next."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

FIRST = bytes(32)
"""What stands before the first row of a chain."""

COLUMNS = (
    "id", "practice_id", "at", "actor_id", "roles", "act", "kind", "record_id", "about_id", "relation", "route",
)  # fmt: skip
"""The columns of a row, in the order in which they are hashed."""

Value = UUID | datetime | str | int | bytes | None

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING = b"\xff\xff\xff\xff"  # no field is so long


@dataclass(frozen=True)
class Row:
    """What one look left: ids, a time and enumerations. `values` in the order of COLUMNS."""

    values: tuple[Value, ...]


@dataclass(frozen=True)
class Link:
    """A row of the chain."""

    sequence: int
    row: Row
    previous: bytes
    hash: bytes


def hash_of(service: str, sequence: int, row: Row, previous: bytes) -> bytes:
    """SHA-256 over the hash before and the row, which also names its service and its place."""
    return hashlib.sha256(previous + framed("attune-audit-row-1", service, sequence, *row.values)).digest()


def framed(*values: Value) -> bytes:
    """Each value's length as four bytes and the value itself; nothing as a length that none has."""
    return b"".join(_framed(one) for one in values)


def _framed(value: Value) -> bytes:
    if value is None:
        return _NOTHING
    made = _bytes(value)
    return len(made).to_bytes(4, "big") + made


def _bytes(value: UUID | datetime | str | int | bytes) -> bytes:
    if isinstance(value, UUID):
        return value.bytes
    if isinstance(value, datetime):  # microseconds, which is what the database keeps
        return ((value - _EPOCH) // timedelta(microseconds=1)).to_bytes(8, "big", signed=True)
    if isinstance(value, int):
        return value.to_bytes(8, "big", signed=True)
    return value.encode() if isinstance(value, str) else value
