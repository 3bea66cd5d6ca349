"""When a free consultation could be: practitioners' availability less what occupies them."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, true
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from services.sessions.domain.availability import (
    CONSULTATION,
    LOOK_AHEAD,
    MOST_OF_A_DAY,
    MOST_SHOWN,
    Span,
    consultation_starts,
    spread,
)
from services.sessions.models import Booking, MedicineSession, Occupancy, Resource
from services.sessions.queries.practitioners import weekly_rules
from services.sessions.queries.sight import as_gate
from shared.db.practice import current_practice


def consultation_times(db: Session, *, now: datetime, day: date | None = None) -> dict[str, Any]:
    """Times of 15 minutes: the earliest 20, or at most eight of one local day; and every day that has one.

    In order; who would hold them isn't said, nor how full a day is.
    """
    zone = current_practice(db).zone
    place = ZoneInfo(zone)
    starts = sorted(free_at(db, now=now))
    if day is None:
        shown = starts[:MOST_SHOWN]
    else:
        shown = spread([at for at in starts if at.astimezone(place).date() == day], MOST_OF_A_DAY)
    return {
        "items": [{"starts_at": at, "ends_at": at + CONSULTATION, "zone": zone} for at in shown],
        "days": sorted({at.astimezone(place).date() for at in starts}),
    }


def free_at(db: Session, *, now: datetime) -> dict[datetime, list[UUID]]:
    """Every possible start, with the practitioners who are free then."""
    occupied = _occupied(db, Span(now, now + LOOK_AHEAD))
    found: dict[datetime, list[UUID]] = {}
    for practitioner_id, rules in sorted(weekly_rules(db).items()):
        for start in consultation_starts(rules, occupied.get(practitioner_id, []), now=now):
            found.setdefault(start, []).append(practitioner_id)
    return found


def _occupied(db: Session, within: Span) -> dict[UUID, list[Span]]:
    rows = db.execute(
        select(Resource.ref, Occupancy.during)
        .join(Occupancy, Occupancy.resource_no == Resource.resource_no)
        .where(Resource.kind == "practitioner", Occupancy.during.overlaps(Range(within.start, within.end)))
    )
    occupied: dict[UUID, list[Span]] = {}
    for ref, during in rows:
        if during.lower is not None and during.upper is not None:  # what occupies always begins and ends
            occupied.setdefault(ref, []).append(Span(during.lower, during.upper))
    for practitioner_id, span in _of_medicine_sessions(db, within):
        occupied.setdefault(practitioner_id, []).append(span)
    return occupied


def _of_medicine_sessions(db: Session, within: Span) -> Iterator[tuple[UUID, Span]]:
    """Whatever becomes of one, its hours and its integration's stay taken to strangers, of whom one may be a partner.

    Else they would tell a session that was called off from one that is held (rule C2), and tell it too early.
    """
    for kind, is_meant in ((MedicineSession, true()), (Booking, Booking.medicine_session_id.is_not(None))):
        asked = select(kind.practitioner_ids, kind.starts_at, kind.ends_at).where(
            is_meant, kind.ends_at > within.start, kind.starts_at < within.end
        )
        with as_gate(db):
            found = db.execute(asked).all()
        for practitioner_ids, starts_at, ends_at in found:
            for practitioner_id in practitioner_ids:
                yield practitioner_id, Span(starts_at, ends_at)
