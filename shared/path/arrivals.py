"""From raw records to events: each record is a tick, an event to apply, something to ignore, or a dead letter."""

from collections.abc import Iterable
from typing import NamedTuple

from shared.eventlog.interface import LogRecord, TopicPartition
from shared.events import Event, EventInvalid, Received, decode, definition_of
from shared.events.envelope import TICK_TYPE, Envelope, EnvelopeMalformed, Forged, open_envelope
from shared.path.handlers import Handled


class Arrival(NamedTuple):
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

    @property
    def place(self) -> TopicPartition:
        return TopicPartition(self.record.topic, self.record.partition)


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
    if not handled.is_meant(envelope.snapshot_for):
        return Arrival(record, envelope)
    definition = definition_of(envelope.type)
    if definition is None:
        # Skipping would lose events in a rolling upgrade: kept for replay by the newer version.
        return Arrival(record, envelope, dead="unknown_type")
    if definition not in handled:
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
    by_kind: dict[tuple[object, object], list[int]] = {}
    reached: dict[tuple[str, bytes], int] = {}
    for one in arrivals:
        record, _, received, _ = one
        if received is None:
            continue
        order_key = (record.topic, record.key)
        places = by_kind.setdefault((received.practice_id, type(received.event)), [])
        earliest = reached.get(order_key, 0)
        place = next((i for i in places if i >= earliest), None)
        if place is None:
            place = len(groups)
            groups.append([])
            places.append(place)
        groups[place].append(one)
        reached[order_key] = place
    return groups
