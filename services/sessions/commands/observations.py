"""The observation log: what was measured and seen of one person, on the day of their medicine session."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from services.sessions.domain.day import is_day_of
from services.sessions.domain.observations import BloodPressure
from services.sessions.domain.states import MedicineState
from services.sessions.models import Observation
from services.sessions.problems import NotObservedNow, NotOfThisCouple, NotTheDayOfTheSession
from services.sessions.queries.medicine_sessions import locked_medicine_session
from shared.ids import new_id

_OBSERVED = frozenset({MedicineState.CONFIRMED, MedicineState.IN_PROGRESS, MedicineState.ENDED})
"""The baseline is measured before the start; what is noticed late is still written down after the end."""


def record_observation(
    db: Session,
    session_id: UUID,
    *,
    person_id: UUID,
    blood_pressure: BloodPressure | None,
    note: str | None,
    observed_at: datetime | None,
    by: UUID,
    now: datetime,
) -> UUID:
    """Write an entry of the log; its id. `observed_at` is now where it is not given.

    Raises NotOfThisCouple for somebody who takes no part, NotObservedNow before the session is confirmed and once
    it is off, and for a moment that is still to come, NotTheDayOfTheSession for a moment of another day.
    """
    session = locked_medicine_session(db, session_id)
    if person_id not in session.people:
        raise NotOfThisCouple
    at = observed_at or now
    if session.state not in _OBSERVED or at > now:
        raise NotObservedNow
    if not is_day_of(session.starts_at, now=at, zone=session.zone):
        raise NotTheDayOfTheSession
    entry = Observation(
        id=new_id(),
        session_id=session_id,
        person_id=person_id,
        observed_at=at,
        recorded_by=by,
        recorded_at=now,
    )
    entry.seal(db, "blood_pressure", str(blood_pressure) if blood_pressure else None)
    entry.seal(db, "note", note)
    db.add(entry)
    db.flush()
    return entry.id
