"""Events as JSON and back, checked on both ways: strict out, tolerant in, old versions lifted to today's.

msgspec reads and writes forty times as fast as the marshmallow schemas before it
(docs/decisions/0006-msgspec-reads-events.md), and takes the definition itself: there is no second one.
"""

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from shared.events.base import EVENTS, LONGEST_ZONE, UPCASTS, ZONE_PATTERN, Event, EventInvalid, Zone

_NO_OFFSET = timedelta()


def encode(fact: Event) -> bytes:
    """The event's data as JSON, sorted, its times in UTC. Raises EventInvalid when it does not fit its definition."""
    try:
        payload = _ENCODER.encode(_in_utc(fact))
        _decoder(type(fact)).decode(payload)
    except (msgspec.MsgspecError, TypeError, ValueError) as error:
        raise EventInvalid(_where(fact.TYPE, error)) from None
    return payload


def definition_of(event_type: str) -> type[Event] | None:
    """The class that an event of this type is read as: its own, or the one its version is lifted to."""
    while event_type in UPCASTS:
        event_type = UPCASTS[event_type][0]
    return EVENTS.get(event_type)


def decode(event_type: str, payload: bytes) -> Event:
    """The event of a payload; unknown fields are ignored. Raises EventInvalid, KeyError for an unknown type."""
    if event_type in UPCASTS:
        return _lifted(event_type, payload)
    decoder = _decoder(EVENTS[event_type])
    try:
        fact: Event = decoder.decode(payload)
    except (msgspec.MsgspecError, ValueError) as error:
        # From None: what was refused stands in the payload, whose words belong in no log.
        raise EventInvalid(_where(event_type, error)) from None
    return fact


def _lifted(event_type: str, payload: bytes) -> Event:
    try:
        data: dict[str, Any] = msgspec.json.decode(payload, type=dict[str, Any])
        while event_type in UPCASTS:
            event_type, lift = UPCASTS[event_type]
            data = lift(data)
        return msgspec.convert(data, EVENTS[event_type], dec_hook=_read)
    except (msgspec.MsgspecError, LookupError, AttributeError, TypeError, ValueError) as error:
        raise EventInvalid(_where(event_type, error)) from None


def _in_utc(fact: Event) -> Event:
    """The same fact with its times in UTC: one moment is always the same bytes."""
    moved = {
        name: value.astimezone(UTC)
        for name, value in vars(fact).items()
        if isinstance(value, datetime) and value.utcoffset() not in (None, _NO_OFFSET)
    }
    return dataclasses.replace(fact, **moved) if moved else fact


def _write(value: Any) -> Any:
    if isinstance(value, Zone):
        return str(value)
    raise TypeError


def _read(kind: type, value: Any) -> Any:
    if (
        kind is Zone
        and isinstance(value, str)
        and len(value) <= LONGEST_ZONE
        and ZONE_PATTERN.fullmatch(value)
    ):
        return Zone(value)
    raise ValueError


_ENCODER = msgspec.json.Encoder(enc_hook=_write, order="sorted")


_DECODERS: dict[type[Event], msgspec.json.Decoder[Any]] = {}


def _decoder(cls: type[Event]) -> msgspec.json.Decoder[Any]:
    if cls not in _DECODERS:
        _DECODERS[cls] = msgspec.json.Decoder(cls, dec_hook=_read)
    return _DECODERS[cls]


def _where(event_type: str, error: Exception) -> str:
    """Which field of which type. The message itself may quote a value, so only its place is taken."""
    _, found, place = str(error).rpartition("`$.")
    return f"{event_type}: {place.rstrip('`')}" if found else f"{event_type}: {type(error).__name__}"
