"""When a free consultation could be: practitioners' availability less what occupies them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from services.sessions.domain.availability import (
    CONSULTATION,
    LOOK_AHEAD,
    MOST_SHOWN,
    Span,
    consultation_starts,
)
from services.sessions.models import Occupancy, Resource
from services.sessions.queries.practitioners import weekly_rules
from shared.db.practice import current_practice


def consultation_times(db: Session, *, now: datetime, day: date | None = None) -> dict[str, Any]:
    """The times of 15 minutes of one local day, or of all the earliest 20; and every day that has one.

    In order; who would hold them isn't said.
    """
    zone = current_practice(db).zone
    place = ZoneInfo(zone)
    starts = sorted(free_at(db, now=now))
    shown = [at for at in starts if at.astimezone(place).date() == day] if day else starts[:MOST_SHOWN]
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
    return occupied
