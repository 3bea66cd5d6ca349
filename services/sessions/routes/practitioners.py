"""Practitioners, their licences and availability; rooms."""

from typing import Any
from uuid import UUID

from services.sessions.commands import practitioners as commands
from services.sessions.queries import practitioners as queries
from services.sessions.routes import bp
from services.sessions.schemas.practitioners import (
    AddAvailability,
    AddLicence,
    AddRoom,
    AvailabilityView,
    LicenceView,
    PractitionersView,
    RoomsView,
    RoomView,
)
from shared.web.context import transaction
from shared.web.idempotency import once


@bp.post("/practitioners/<uuid:practitioner_id>/licences")
@bp.arguments(AddLicence)
@bp.response(201, LicenceView)
def add_licence(body: dict[str, Any], practitioner_id: UUID) -> Any:
    """Record a practitioner's licence."""
    return once(lambda db: commands.add_licence(db, practitioner_id, **body).id, show=queries.licence)


@bp.post("/practitioners/<uuid:practitioner_id>/availability")
@bp.arguments(AddAvailability)
@bp.response(201, AvailabilityView)
def add_availability(body: dict[str, Any], practitioner_id: UUID) -> Any:
    """Record a weekly span in which a practitioner can be booked."""
    return once(
        lambda db: commands.add_availability(db, practitioner_id, **body).id, show=queries.availability
    )


@bp.get("/practitioners")
@bp.response(200, PractitionersView)
def list_practitioners() -> Any:
    """Practitioners with their licences and availability."""
    with transaction() as db:
        return queries.list_practitioners(db)


@bp.post("/rooms")
@bp.arguments(AddRoom)
@bp.response(201, RoomView)
def add_room(body: dict[str, Any]) -> Any:
    """Record a room."""
    return once(lambda db: commands.add_room(db, **body).id, show=queries.room)


@bp.get("/rooms")
@bp.response(200, RoomsView)
def list_rooms() -> Any:
    """The practice's rooms."""
    with transaction() as db:
        return queries.list_rooms(db)
