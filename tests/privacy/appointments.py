"""What a couple's calendar needs of a practice, and the ways there: rooms, hours, bookings, a medicine session."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.sessions.couple_in_care import ZONE, license_and_open
from tests.world.world import World

OPEN_HOURS, SECRET_HOURS = (9, 10, 11, 13), (15, 16, 17, 18)
"""What both worlds have in the calendar and what one of them has never want the same hour: offered times are a
released fact, and so would be that one is taken."""


@dataclass
class Rooms:
    """A room for medicine, one to talk in, and one of which only Bo knows: bookings of both worlds don't meet."""

    medicine: str
    talk: str
    other: str


def furnish(world: World, practice: UUID, practitioner_id: UUID) -> Rooms:
    """Rooms, a licence and hours of the practitioner."""
    admin = world.caller("sessions", practice, practitioner_id, "practice_admin")
    license_and_open(world, practice, practitioner_id)
    kinds = {"Aspen": "medicine", "Birch": "talk", "Cedar": "talk"}
    return Rooms(
        *(admin.post("/rooms", {"name": name, "kind": kind}).json["room_id"] for name, kind in kinds.items())
    )


def at(now: datetime, days: int, hour: int) -> str:
    """That hour of a day to come, where the practice is."""
    place = ZoneInfo(ZONE)
    day = (now.astimezone(place) + timedelta(days=days)).date()
    return datetime.combine(day, time(hour), place).astimezone(UTC).isoformat()
