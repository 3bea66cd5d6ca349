"""Practitioners with their licences and availability; rooms."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.sessions.domain.availability import WeeklyRule
from services.sessions.domain.licences import LicencePeriod
from services.sessions.models import Availability, Licence, Practitioner, Room
from shared.errors import NotFound
from shared.name_order import place_of_name


def active_practitioner(db: Session, person_id: UUID) -> Practitioner:
    """A clinician of the practice. Raises NotFound, also while StaffJoined has not arrived."""
    found = db.scalar(select(Practitioner).where(Practitioner.person_id == person_id))
    if found is None or not found.roles:
        raise NotFound
    return found


def room(db: Session, room_id: UUID) -> Room:
    """A room. Raises NotFound."""
    found = db.get(Room, room_id)
    if found is None:
        raise NotFound
    return found


def licence(db: Session, licence_id: UUID) -> Licence:
    """A licence. Raises NotFound."""
    found = db.get(Licence, licence_id)
    if found is None:
        raise NotFound
    return found


def availability(db: Session, availability_id: UUID) -> Availability:
    """One weekly span. Raises NotFound."""
    found = db.get(Availability, availability_id)
    if found is None:
        raise NotFound
    return found


def weekly_rules(db: Session, practitioner_ids: Iterable[UUID] | None = None) -> dict[UUID, list[WeeklyRule]]:
    """Weekly rules per practitioner; without ids, of every active one that has any."""
    statement = (
        select(Availability)
        .join(Practitioner, Practitioner.person_id == Availability.practitioner_id)
        .where(func.cardinality(Practitioner.roles) > 0)
    )
    if practitioner_ids is not None:
        statement = statement.where(Availability.practitioner_id.in_(list(practitioner_ids)))
    rules: dict[UUID, list[WeeklyRule]] = {}
    for row in db.scalars(statement):
        rules.setdefault(row.practitioner_id, []).append(
            WeeklyRule(row.weekday, row.from_time, row.until_time, row.zone)
        )
    return rules


def licence_periods(db: Session, practitioner_id: UUID) -> list[LicencePeriod]:
    """When this practitioner's licences are valid."""
    rows = db.execute(
        select(Licence.valid_from, Licence.valid_until).where(Licence.practitioner_id == practitioner_id)
    )
    return [LicencePeriod(row.valid_from, row.valid_until) for row in rows]


def list_practitioners(db: Session) -> dict[str, Any]:
    """Every active practitioner, in a stable order."""
    licences: dict[UUID, list[Licence]] = {}
    for one in db.scalars(select(Licence).order_by(Licence.valid_from, Licence.id)):
        licences.setdefault(one.practitioner_id, []).append(one)
    spans: dict[UUID, list[Availability]] = {}
    for span in db.scalars(select(Availability).order_by(Availability.weekday, Availability.from_time)):
        spans.setdefault(span.practitioner_id, []).append(span)
    found = db.scalars(
        select(Practitioner).where(func.cardinality(Practitioner.roles) > 0).order_by(Practitioner.person_id)
    )
    return {
        "items": [
            {
                "person_id": one.person_id,
                "roles": one.roles,
                "licences": licences.get(one.person_id, []),
                "availability": spans.get(one.person_id, []),
            }
            for one in found
        ]
    }


def list_rooms(db: Session) -> dict[str, Any]:
    """Every room, by name."""
    rooms = db.scalars(select(Room).order_by(Room.id))
    return {"items": sorted(rooms, key=lambda room: place_of_name(room.name))}
