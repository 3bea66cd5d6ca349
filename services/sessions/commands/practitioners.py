"""Licences, availability and rooms."""

from datetime import date, time
from uuid import UUID

from sqlalchemy.orm import Session

from services.sessions.domain.states import RoomKind
from services.sessions.models import Availability, Licence, Room
from services.sessions.queries.practitioners import active_practitioner


def add_licence(
    db: Session,
    practitioner_id: UUID,
    *,
    profession: str,
    jurisdiction: str,
    valid_from: date,
    valid_until: date,
) -> Licence:
    """Record a licence, valid through its last day. Raises NotFound for an unknown practitioner."""
    active_practitioner(db, practitioner_id)
    licence = Licence(
        practitioner_id=practitioner_id,
        profession=profession,
        jurisdiction=jurisdiction,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    db.add(licence)
    db.flush()
    return licence


def add_availability(
    db: Session, practitioner_id: UUID, *, weekday: int, from_time: time, until_time: time, zone: str
) -> Availability:
    """Record a weekly span in local time. Raises NotFound for an unknown practitioner."""
    active_practitioner(db, practitioner_id)
    span = Availability(
        practitioner_id=practitioner_id,
        weekday=weekday,
        from_time=from_time,
        until_time=until_time,
        zone=zone,
    )
    db.add(span)
    db.flush()
    return span


def add_room(db: Session, *, name: str, kind: RoomKind) -> Room:
    """Record a room."""
    room = Room(name=name, kind=kind.value)
    db.add(room)
    db.flush()
    return room
