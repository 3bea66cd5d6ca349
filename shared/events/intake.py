"""Events intake owns: enquiries, couples, who treats whom, preparation and readiness."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.events.base import Event, event


class Readiness(StrEnum):
    """A practitioner's decision; never the software's."""

    READY = "ready"
    NOT_YET = "not_yet"
    NOT_INDICATED = "not_indicated"


@event(owner="intake", consumers=("sessions", "notify"), key="enquiry_id")
class EnquiryReceived(Event):
    """Somebody asked for the free consultation. How to reach them lies in notify under contact_id."""

    enquiry_id: UUID
    contact_id: UUID


@event(owner="intake", consumers=("sessions", "integration", "notify", "gateway"), key="couple_id")
class CoupleRegistered(Event):
    """A couple is in care: the people in it, one or two."""

    couple_id: UUID
    partner_ids: tuple[UUID, ...]
    enquiry_id: UUID | None = None


@event(owner="intake", consumers=("sessions", "integration", "notify", "gateway"), key="couple_id")
class CareTeamChanged(Event):
    """These practitioners, and no others, treat the couple from now on."""

    couple_id: UUID
    practitioner_ids: tuple[UUID, ...]


@event(owner="intake", consumers=("notify",), key="couple_id")
class IntentionShared(Event):
    """A partner chose to share a part of their intention with the other partner."""

    couple_id: UUID
    person_id: UUID


@event(owner="intake", consumers=("sessions",), key="couple_id")
class PreparationCompleted(Event):
    """A practitioner recorded that this partner's preparation is done."""

    couple_id: UUID
    person_id: UUID
    at: datetime


@event(owner="intake", consumers=("sessions",), key="couple_id")
class ReadinessDecided(Event):
    """A practitioner decided on one partner's readiness; the reason stays in intake."""

    couple_id: UUID
    person_id: UUID
    decision_id: UUID
    decision: Readiness
    expires_at: datetime | None
