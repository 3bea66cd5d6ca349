"""Events intake owns: enquiries, couples, who treats whom and who must not, confidentiality, break-glass, what was
shared of an intention, preparation, readiness."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.confidentiality import ConfidentialityPolicy
from shared.events.base import Event, event


class Readiness(StrEnum):
    """A practitioner's decision; never the software's."""

    READY = "ready"
    NOT_YET = "not_yet"
    NOT_INDICATED = "not_indicated"


class BreakGlassOutcome(StrEnum):
    """What an admin found who looked at an access outside the care team."""

    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not_justified"


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


@event(owner="intake", consumers=("sessions", "notify"), key="couple_id")
class ConflictMarked(Event):
    """This practitioner has a conflict of interest with the couple: from now on nothing of it is for them."""

    couple_id: UUID
    practitioner_id: UUID
    at: datetime


@event(owner="intake", consumers=("sessions", "notify"), key="couple_id")
class ConflictMarkLifted(Event):
    """The conflict is no more. It gives nothing back: whoever treats the couple is named anew."""

    couple_id: UUID
    practitioner_id: UUID
    at: datetime


@event(owner="intake", consumers=("integration",), key="couple_id")
class ConfidentialityPolicyChanged(Event):
    """For what a partner tells a practitioner alone from this moment on, this policy holds.

    What was told before stays as it was told. Before the first such event, discretion held.
    """

    couple_id: UUID
    sequence: int
    policy: ConfidentialityPolicy
    since: datetime


@event(owner="intake", consumers=("sessions", "integration"), key="couple_id")
class BreakGlassOpened(Event):
    """A clinician outside the care team opened clinical data for a limited time; the reason stays in intake.

    Without a person it is the whole couple's, else that partner's alone.
    """

    break_glass_id: UUID
    couple_id: UUID
    person_id: UUID | None
    practitioner_id: UUID
    expires_at: datetime


@event(owner="intake", consumers=("sessions", "integration"), key="couple_id")
class BreakGlassEnded(Event):
    """Such an access ended before its time: it was found not justified, or a conflict came up."""

    break_glass_id: UUID
    couple_id: UUID
    at: datetime


@event(owner="intake", consumers=(), key="couple_id")
class BreakGlassReviewed(Event):
    """An admin looked at such an access and said whether it was justified."""

    break_glass_id: UUID
    couple_id: UUID
    outcome: BreakGlassOutcome
    by: UUID
    at: datetime


@event(owner="intake", consumers=("notify",), key="couple_id")
class IntentionShared(Event):
    """A partner chose to share a part of their intention with the other partner.

    Shared again with other words it is the same sharing, until it is taken back. Older events name none.
    """

    couple_id: UUID
    person_id: UUID
    sharing_id: UUID | None = None


@event(owner="intake", consumers=("notify",), key="couple_id")
class IntentionUnshared(Event):
    """A partner took back a part of their intention: the other partner reads it no more."""

    couple_id: UUID
    person_id: UUID
    sharing_id: UUID


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
