"""Events the gateway owns: practices, their clock, their staff, and who has signed up."""

from enum import StrEnum
from uuid import UUID

from shared.events.base import Event, Zone, event

_ALL = ("intake", "sessions", "integration", "notify")


class StaffRole(StrEnum):
    """What a member of staff may be; one person can be several."""

    PRACTITIONER = "practitioner"
    PRESCRIBER = "prescriber"
    FACILITATOR = "facilitator"
    FRONT_DESK = "front_desk"
    PRACTICE_ADMIN = "practice_admin"


@event(owner="gateway", consumers=_ALL, key=None)
class PracticeCreated(Event):
    """A practice exists. Every service keeps its zone and whether its clock may be moved."""

    zone: Zone
    is_demo: bool


@event(owner="gateway", consumers=_ALL, key=None)
class PracticeClockMoved(Event):
    """A demo practice's clock now runs this many seconds ahead of real time."""

    offset_s: int


@event(owner="gateway", consumers=("sessions", "notify"), key="person_id")
class StaffJoined(Event):
    """Somebody works for the practice. Their address lies in notify under contact_id."""

    person_id: UUID
    roles: tuple[StaffRole, ...]
    contact_id: UUID


@event(owner="gateway", consumers=("intake", "notify"), key="couple_id")
class PartnerInvited(Event):
    """A partner was sent a personal invitation to their own contact point."""

    couple_id: UUID
    person_id: UUID
    contact_id: UUID


@event(owner="gateway", consumers=("intake", "notify"), key="couple_id")
class InvitationAccepted(Event):
    """A partner took up the invitation and has a login of their own."""

    couple_id: UUID
    person_id: UUID
    contact_id: UUID | None = None


@event(owner="gateway", consumers=("sessions", "notify"), key="person_id")
class StaffLeft(Event):
    """Somebody works for the practice no more: they are offered to nobody, and told of nothing."""

    person_id: UUID


@event(owner="gateway", consumers=("notify",), key="person_id")
class SignInRecovered(Event):
    """A person's ways to sign in were ended so that they can set up new ones: they are told wherever it is safe."""

    person_id: UUID


@event(owner="gateway", consumers=("notify",), key="person_id")
class WaysInChanged(Event):
    """A person signed in changed how they sign in, whichever way: they are told wherever it is safe."""

    person_id: UUID
