"""Who and what takes part in the play."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from deploy.local.journey.client import Client


@dataclass(frozen=True)
class Person:
    """Somebody with an account, and how they reach the platform."""

    person_id: str
    display_name: str
    address: str
    client: Client


@dataclass(frozen=True)
class Practice:
    """One demo practice with its staff and rooms."""

    slug: str
    name: str
    zone: str
    operator: Client
    admin: Person
    desk: Person
    prescriber: Person
    therapist: Person
    facilitator: Person
    medicine_room: str = ""
    talk_room: str = ""


@dataclass(frozen=True)
class Couple:
    """Two partners in care, and those who treat them."""

    couple_id: str
    first: Person
    second: Person
    care_team: tuple[Person, ...]

    @property
    def partners(self) -> tuple[Person, Person]:
        return self.first, self.second


@dataclass(frozen=True)
class MedicineSession:
    """A planned medicine session with its integration session; times are the practice's, in UTC."""

    session_id: str
    integration_id: str
    starts_at: datetime
    ends_at: datetime
    practitioners: tuple[Person, ...]
    room_id: str

    def before(self, **ahead: float) -> datetime:
        """A moment this long before the start, e.g. `before(hours=24)`."""
        return self.starts_at - timedelta(**ahead)
