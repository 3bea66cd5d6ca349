"""What an operator may see of an event: enumerations, times, numbers and yes or no. Ids only as tags, words never."""

import dataclasses
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from shared.eventlog.interface import LogRecord
from shared.events.base import EVENTS, Event
from shared.path.arrivals import Arrival, open_all
from shared.path.handlers import Handled
from shared.path.operating.tags import Tags

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TYPE = re.compile(r"[a-z0-9._-]{1,120}")

Shown = str | int | bool | None | list["Shown"]


class State(StrEnum):
    """How a record reads here."""

    OK = "ok"
    TICK = "tick"
    FORGED = "forged"  # its signature is missing or wrong: nothing in it can be believed, so nothing is shown
    MALFORMED = "malformed"
    UNKNOWN_TYPE = "unknown_type"


@dataclass(frozen=True)
class Redacted:
    """One record of the log as it may be shown. What a forger may have written is None or empty."""

    state: State
    owner: str
    partition: int
    offset: int
    key: str
    type: str | None = None
    event_id: UUID | None = None
    practice_id: UUID | None = None
    occurred_at: datetime | None = None
    fields: Mapping[str, Shown] = field(default_factory=dict)
    hidden_fields: tuple[str, ...] = ()  # there, but not shown


def redact(record: LogRecord, event_key: bytes, tags: Tags) -> Redacted:
    """Open a record as a consumer of every event would, and keep what may be seen."""
    [arrival] = open_all([record], event_key, Handled(None, EVENTS.values()))
    owner = record.topic.removeprefix("attune.")
    state = _state(arrival)
    place = (owner, record.partition, record.offset, tags.of_key(record.key))
    envelope = arrival.envelope
    if envelope is None:
        return Redacted(state, *place)
    fields: dict[str, Shown] = {}
    if arrival.received is not None:
        fields = _visible(arrival.received.event, tags)
    return Redacted(
        state,
        *place,
        type=envelope.type if _TYPE.fullmatch(envelope.type) else None,
        event_id=envelope.event_id,
        practice_id=envelope.practice_id,
        occurred_at=envelope.occurred_at,
        fields=fields,
        hidden_fields=tuple(name for name in _names(record.value) if name not in fields),
    )


def _state(arrival: Arrival) -> State:
    if arrival.dead is not None:
        return State(arrival.dead)
    return State.TICK if arrival.is_tick else State.OK


def _visible(fact: Event, tags: Tags) -> dict[str, Shown]:
    """The fields of an event that fits its definition; those of a kind that may not be shown are left out."""
    shown: dict[str, Shown] = {}
    for item in dataclasses.fields(fact):
        value = getattr(fact, item.name)
        if isinstance(value, tuple):
            parts = [_show(part, tags) for part in value]
            if all(is_shown for is_shown, _ in parts):
                shown[item.name] = [part for _, part in parts]
        else:
            is_shown, part = _show(value, tags)
            if is_shown:
                shown[item.name] = part
    return shown


def _show(value: object, tags: Tags) -> tuple[bool, Shown]:
    if isinstance(value, UUID):
        return True, tags.of_id(value)
    if isinstance(value, datetime):
        return True, value.astimezone(UTC).isoformat()
    if isinstance(value, StrEnum):
        return True, value.value
    if value is None or isinstance(value, bool | int):
        return True, value
    return False, None


def _names(payload: bytes) -> list[str]:
    """Names of the fields in a rightly signed payload; none that does not look like one of ours."""
    try:
        data = json.loads(payload)
    except ValueError:
        return []
    return [name for name in data if _NAME.fullmatch(name)] if isinstance(data, dict) else []
