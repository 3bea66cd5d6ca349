"""The event contracts: one module per owning service. Import this package and every event is known."""

from shared.events import gateway, intake, integration, notify, sessions
from shared.events.base import EVENTS, Event, EventInvalid, Received, Zone, key_of, topic_of
from shared.events.codec import decode, definition_of, encode

__all__ = [
    "EVENTS",
    "Event",
    "EventInvalid",
    "Received",
    "Zone",
    "decode",
    "definition_of",
    "encode",
    "gateway",
    "intake",
    "integration",
    "key_of",
    "notify",
    "sessions",
    "topic_of",
]
