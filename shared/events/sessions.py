"""Events sessions owns: bookings, and the life of a medicine session. A hold never carries its reason."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.events.base import Event, Zone, event


class SessionKind(StrEnum):
    """Kinds of appointment of care."""

    CONSULTATION = "consultation"
    PREPARATION = "preparation"
    REGULATION = "regulation"
    MEDICINE = "medicine"
    INTEGRATION = "integration"
    CHECK_IN = "check_in"


class SessionStanding(StrEnum):
    """Where an appointment other than a medicine session stands, for everybody but those who plan it."""

    BOOKED = "booked"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class MedicineSessionStanding(StrEnum):
    """Where a medicine session that was confirmed at some time stands."""

    CONFIRMED = "confirmed"
    HELD = "held"
    CANCELLED = "cancelled"
    IN_PROGRESS = "in_progress"
    ENDED = "ended"


class Programme(StrEnum):
    """What a medicine session is legally."""

    KETAMINE_CLINIC = "ketamine_clinic"
    PSILOCYBIN_OREGON = "psilocybin_oregon"
    PSILOCYBIN_COLORADO = "psilocybin_colorado"


@event(owner="sessions", consumers=("notify",), key="session_id")
class SessionBooked(Event):
    """An appointment other than a medicine session is in the calendar."""

    session_id: UUID
    kind: SessionKind
    couple_id: UUID | None = None
    enquiry_id: UUID | None = None
    partner_ids: tuple[UUID, ...] = ()
    practitioner_ids: tuple[UUID, ...]
    starts_at: datetime
    ends_at: datetime
    zone: Zone


@event(owner="sessions", consumers=("notify",), key="session_id")
class SessionCancelled(Event):
    """An appointment other than a medicine session will not take place."""

    session_id: UUID
    # It is off because this medicine session is, of which partners get the one notice, at its release.
    follows_session_id: UUID | None = None


@event(owner="sessions", consumers=("integration", "notify"), key="session_id")
class SessionCompleted(Event):
    """An appointment other than a medicine session took place."""

    session_id: UUID
    kind: SessionKind
    couple_id: UUID | None = None
    partner_ids: tuple[UUID, ...] = ()
    at: datetime


@event(owner="sessions", consumers=("notify",), key="session_id")
class MedicineSessionConfirmed(Event):
    """Everything that a medicine session needs holds. Partners learn of it at released_at, both at once."""

    session_id: UUID
    couple_id: UUID
    partner_ids: tuple[UUID, ...]
    practitioner_ids: tuple[UUID, ...]
    starts_at: datetime
    ends_at: datetime
    zone: Zone
    released_at: datetime


@event(owner="sessions", consumers=("notify",), key="session_id")
class MedicineSessionHeld(Event):
    """A confirmed medicine session isn't going ahead as planned; the same for every reason."""

    session_id: UUID
    couple_id: UUID
    partner_ids: tuple[UUID, ...]
    released_at: datetime


@event(owner="sessions", consumers=("notify",), key="session_id")
class MedicineSessionCancelled(Event):
    """A medicine session was given up and its time is free again."""

    session_id: UUID
    couple_id: UUID


@event(owner="sessions", consumers=("notify",), key="session_id")
class MedicineSessionStarted(Event):
    """A medicine session began."""

    session_id: UUID
    couple_id: UUID
    at: datetime


@event(owner="sessions", consumers=("notify",), key="session_id", needs_order=False)
class MedicineSessionOverdue(Event):
    """A medicine session that began has not been ended long after its planned end; told until it is."""

    session_id: UUID
    couple_id: UUID
    practitioner_ids: tuple[UUID, ...]
    at: datetime


@event(owner="sessions", consumers=("notify", "integration"), key="session_id")
class MedicineSessionEnded(Event):
    """A medicine session ended. A journey opens for each of these partners."""

    session_id: UUID
    couple_id: UUID
    partner_ids: tuple[UUID, ...]
    programme: Programme
    at: datetime


@event(owner="sessions", consumers=("notify",), key="session_id", needs_order=False)
class ConsentWithdrawn(Event):
    """A partner withdrew consent: the care team is told at once, the other partner only that plans changed."""

    session_id: UUID
    couple_id: UUID
    person_id: UUID
    practitioner_ids: tuple[UUID, ...]
    is_after_start: bool
    at: datetime


@event(owner="sessions", consumers=("notify",), key="session_id")
class SessionStated(Event):
    """Where an appointment other than a medicine session stands. Only ever a snapshot (docs/event-path.md)."""

    session_id: UUID
    kind: SessionKind
    state: SessionStanding
    couple_id: UUID | None = None
    enquiry_id: UUID | None = None
    partner_ids: tuple[UUID, ...] = ()
    practitioner_ids: tuple[UUID, ...]
    starts_at: datetime
    ends_at: datetime
    zone: Zone


@event(owner="sessions", consumers=("notify",), key="session_id")
class MedicineSessionStated(Event):
    """Where a medicine session stands, of which partners were to be told. Only ever a snapshot."""

    session_id: UUID
    couple_id: UUID
    state: MedicineSessionStanding
    partner_ids: tuple[UUID, ...]
    practitioner_ids: tuple[UUID, ...]
    starts_at: datetime
    ends_at: datetime
    zone: Zone
    released_at: datetime
