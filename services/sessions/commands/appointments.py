"""What every appointment must fit: the time, each practitioner's availability and licence."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from services.sessions.domain.availability import Span, is_available
from services.sessions.domain.licences import is_licensed
from services.sessions.models import Couple
from services.sessions.problems import (
    LicenceMissing,
    OutsideAvailability,
    PractitionerInConflict,
    TimeIsPast,
)
from services.sessions.queries.practitioners import active_practitioner, licence_periods, weekly_rules
from shared.events.sessions import SessionKind


def check_no_conflict(couple: Couple, practitioner_ids: Iterable[UUID]) -> None:
    """Raise PractitionerInConflict when somebody named must have nothing to do with the couple, which is locked."""
    if not set(couple.conflict_ids).isdisjoint(practitioner_ids):
        raise PractitionerInConflict


def check_fits(
    db: Session,
    kind: SessionKind,
    practitioner_ids: Iterable[UUID],
    *,
    starts_at: datetime,
    ends_at: datetime,
    zone: str,
    now: datetime,
) -> None:
    """Raise TimeIsPast, NotFound (an unknown practitioner), OutsideAvailability or LicenceMissing."""
    if starts_at <= now:
        raise TimeIsPast
    people = list(practitioner_ids)
    for person_id in people:
        active_practitioner(db, person_id)
    rules = weekly_rules(db, people)
    if not all(is_available(rules.get(one, []), Span(starts_at, ends_at)) for one in people):
        raise OutsideAvailability
    for one in people:
        if not is_licensed(licence_periods(db, one), kind, starts_at=starts_at, ends_at=ends_at, zone=zone):
            raise LicenceMissing
