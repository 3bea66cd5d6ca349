"""The observation log of a medicine session."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.sessions.commands.observations import record_observation as record
from services.sessions.domain.observations import BloodPressure
from services.sessions.models import Observation
from services.sessions.queries.observations import observation, observations_of, opened
from services.sessions.routes import bp
from services.sessions.schemas.observations import ObservationsView, ObservationView, RecordObservation
from shared.web.context import current_actor, now, transaction
from shared.web.idempotency import once
from shared.web.paging import PageQuery, page


@bp.get("/medicine-sessions/<uuid:session_id>/observations")
@bp.arguments(PageQuery, location="query")
@bp.response(200, ObservationsView)
def list_observations(query: dict[str, Any], session_id: UUID) -> Any:
    """What was measured and seen that day, the oldest first."""
    with transaction() as db:
        by = (Observation.observed_at, Observation.id)
        found = page(db, observations_of(session_id), by=by, **query)
        return {**found, "items": [opened(db, one) for one in found["items"]]}


@bp.post("/medicine-sessions/<uuid:session_id>/observations")
@bp.arguments(RecordObservation)
@bp.response(201, ObservationView)
def record_observation(body: dict[str, Any], session_id: UUID) -> Any:
    """Write an entry of the log: a blood pressure, what was seen, or both. It is never changed."""
    upper, lower = body.pop("systolic_mmhg"), body.pop("diastolic_mmhg")
    pressure = None if upper is None else BloodPressure(systolic=upper, diastolic=lower)
    by = current_actor().person_id

    def command(db: Session) -> UUID:
        return record(db, session_id, **body, blood_pressure=pressure, by=by, now=now(db))

    return once(command, show=observation)
