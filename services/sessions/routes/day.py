"""The day of a medicine session."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.sessions.commands import day as commands
from services.sessions.queries.medicine_sessions import medicine_session_view
from services.sessions.routes import bp
from services.sessions.schemas.medicine_sessions import MedicineSessionView, Start
from shared.web.context import current_actor, now
from shared.web.idempotency import once
from shared.web.schemas import Nothing


@bp.post("/medicine-sessions/<uuid:session_id>/start")
@bp.arguments(Start)
@bp.response(201, MedicineSessionView)
def start_medicine_session(body: dict[str, Any], session_id: UUID) -> Any:
    """Begin a confirmed medicine session, once every consent is reaffirmed."""
    actor = current_actor()

    def command(db: Session) -> UUID:
        commands.start_medicine_session(db, session_id, by=actor.person_id, **body, now=now(db))
        return session_id

    return once(command, show=medicine_session_view)


@bp.post("/medicine-sessions/<uuid:session_id>/end")
@bp.arguments(Nothing)
@bp.response(201, MedicineSessionView)
def end_medicine_session(_: dict[str, Any], session_id: UUID) -> Any:
    """End a medicine session that is in progress."""

    def command(db: Session) -> UUID:
        commands.end_medicine_session(db, session_id, now=now(db))
        return session_id

    return once(command, show=medicine_session_view)
