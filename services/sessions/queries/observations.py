"""The observation log as those see it who treat the couple or attend."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.sessions.domain.observations import BloodPressure
from services.sessions.models import Observation
from shared.audit.looks import concerning
from shared.errors import NotFound


def observations_of(session_id: UUID) -> Select[Observation]:
    """A session's entries, of everybody who takes part."""
    return select(Observation).where(Observation.session_id == session_id)


def observation(db: Session, observation_id: UUID) -> dict[str, Any]:
    """One entry, opened. Raises NotFound."""
    found = db.get(Observation, observation_id)
    if found is None:
        raise NotFound
    return opened(db, found)


def opened(db: Session, entry: Observation) -> dict[str, Any]:
    """An entry with what is sealed in it: a look at the person whose it is."""
    concerning(db, record_id=entry.id, about_id=entry.person_id)
    pressure = entry.shown(db, "blood_pressure")
    measured = BloodPressure.read(pressure) if pressure else None
    return {
        "observation_id": entry.id,
        "person_id": entry.person_id,
        "systolic_mmhg": measured and measured.systolic,
        "diastolic_mmhg": measured and measured.diastolic,
        "note": entry.shown(db, "note"),
        "observed_at": entry.observed_at,
        "recorded_by": entry.recorded_by,
    }
