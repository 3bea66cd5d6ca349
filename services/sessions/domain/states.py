"""States of what sessions owns. Partners see none of these, only the public state."""

from enum import StrEnum


class BookingState(StrEnum):
    BOOKED = "booked"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class MedicineState(StrEnum):
    PLANNED = "planned"
    CONFIRMED = "confirmed"
    HELD = "held"
    IN_PROGRESS = "in_progress"
    ENDED = "ended"
    CANCELLED = "cancelled"


class ConsentState(StrEnum):
    NOT_GIVEN = "not_given"
    GIVEN = "given"
    REAFFIRMED = "reaffirmed"
    WITHDRAWN = "withdrawn"


class RoomKind(StrEnum):
    MEDICINE = "medicine"
    TALK = "talk"


BEFORE_START = frozenset({MedicineState.PLANNED, MedicineState.CONFIRMED, MedicineState.HELD})
"""States in which the gate decides."""

STANDING_CONSENT = frozenset({ConsentState.GIVEN, ConsentState.REAFFIRMED})
