"""From raw records to events: each record is a tick, an event to apply, something to ignore, or a dead letter."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.eventlog.interface import LogRecord
from shared.events.base import EVENTS, Event, EventInvalid, Received, decode
from shared.events.envelope import TICK_TYPE, Envelope, EnvelopeMalformed, Forged, open_envelope
from shared.path.handlers import Handled


@dataclass(frozen=True, slots=True)
class Arrival:
    """One record, opened. Exactly one of `received`, `dead` is set, or neither: nothing to do here."""

    record: LogRecord
    envelope: Envelope | None = None
    received: Received[Event] | None = None
    dead: str | None = None

    @property
    def is_tick(self) -> bool:
        return self.envelope is not None and self.envelope.type == TICK_TYPE

    @property
    def is_snapshot(self) -> bool:
        """Whether it says what is so, for a rebuild, and not that it just happened."""
        return self.envelope is not None and self.envelope.snapshot_for is not None

    @property
    def order_key(self) -> tuple[str, bytes]:
        """What must stay in order: the key within its topic."""
        return (self.record.topic, self.record.key)


def open_all(records: Iterable[LogRecord], event_key: bytes, handled: Handled) -> list[Arrival]:
    """Open each record; nothing raises, a bad one becomes a dead letter with its reason."""
    return [_open(record, event_key, handled) for record in records]


def _open(record: LogRecord, event_key: bytes, handled: Handled) -> Arrival:
    try:
        envelope = open_envelope(
            event_key,
            record.headers,
            topic=record.topic,
            partition=record.partition,
            order_key=record.key,
            payload=record.value,
        )
    except Forged:
        return Arrival(record, dead="forged")
    except EnvelopeMalformed:
        return Arrival(record, dead="malformed")
    if envelope.type == TICK_TYPE:
        return Arrival(record, envelope)
    definition = EVENTS.get(envelope.type)
    if definition is None:
        # Skipping would lose events in a rolling upgrade: kept for replay by the newer version.
        return Arrival(record, envelope, dead="unknown_type")
    if definition not in handled or envelope.snapshot_for not in (None, handled.reader):
        return Arrival(record, envelope)
    try:
        event = decode(envelope.type, record.value)
    except EventInvalid:
        return Arrival(record, envelope, dead="malformed")
    received = Received(
        event, envelope.event_id, envelope.practice_id, envelope.occurred_at, envelope.traceparent
    )
    return Arrival(record, envelope, received)


def grouped(arrivals: Iterable[Arrival]) -> list[list[Arrival]]:
    """Groups of one practice and one type, as few as keep the order of events within each key.

    Each event goes to the first group of its kind that does not come before the group of its key's
    previous event.
    """
    groups: list[list[Arrival]] = []
    kinds: list[tuple[object, object]] = []
    by_kind: dict[tuple[object, object], list[int]] = {}
    reached: dict[tuple[str, bytes], int] = {}
    for one in arrivals:
        if one.received is None:
            continue
        kind = (one.received.practice_id, type(one.received.event))
        earliest = reached.get(one.order_key, 0)
        place = next((i for i in by_kind.get(kind, ()) if i >= earliest), None)
        if place is None:
            place = len(groups)
            groups.append([])
            kinds.append(kind)
            by_kind.setdefault(kind, []).append(place)
        groups[place].append(one)
        reached[one.order_key] = place
    return groups
