"""Events integration owns: journeys, what was chosen to be shared, check-ins and safety concerns."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.events.base import Event, event


class Audience(StrEnum):
    """With whom the writer shared an entry."""

    PRACTITIONER = "practitioner"
    PARTNER = "partner"
    BOTH = "both"


class Urgency(StrEnum):
    """How fast somebody of the care team must look."""

    SOON = "soon"
    NOW = "now"


@event(owner="integration", consumers=(), key="person_id")
class JourneyOpened(Event):
    """A partner's own integration journey began after a medicine session."""

    journey_id: UUID
    couple_id: UUID
    person_id: UUID
    at: datetime


@event(owner="integration", consumers=("notify",), key="person_id")
class JournalEntryShared(Event):
    """A partner chose to share one journal entry. Each sharing has an id of its own; older events name none."""

    couple_id: UUID
    person_id: UUID
    audience: Audience
    sharing_id: UUID | None = None


@event(owner="integration", consumers=("notify",), key="person_id")
class JournalEntryUnshared(Event):
    """A partner took back what they had shared of one entry, or shared it anew, which is another sharing."""

    couple_id: UUID
    person_id: UUID
    sharing_id: UUID


@event(owner="integration", consumers=("notify",), key="person_id")
class CheckInOpened(Event):
    """A partner's own check-in of this day of the journey can be answered."""

    check_in_id: UUID
    couple_id: UUID
    person_id: UUID
    day: int


@event(owner="integration", consumers=("sessions", "notify"), key="person_id")
class CheckInAnswered(Event):
    """A partner answered a check-in. Not clear means the care team looks before another medicine session."""

    check_in_id: UUID
    couple_id: UUID
    person_id: UUID
    day: int
    is_clear: bool


@event(owner="integration", consumers=("notify",), key="person_id", needs_order=False)
class SafetyConcernRaised(Event):
    """An answer worries the care team's rules. Carries urgency, never kind or score."""

    concern_id: UUID
    couple_id: UUID
    person_id: UUID
    urgency: Urgency
