"""Medicine sessions: planning, transport, giving up."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.sessions.commands import medicine_sessions as commands
from services.sessions.queries.care import is_treating
from services.sessions.queries.medicine_sessions import medicine_session_view
from services.sessions.routes import bp
from services.sessions.schemas.medicine_sessions import (
    MedicineSessionView,
    NameTraveller,
    PlanMedicineSession,
)
from shared.errors import NotFound
from shared.web.context import current_actor, now, respond, transaction
from shared.web.idempotency import once
from shared.web.schemas import Nothing


@bp.post("/medicine-sessions")
@bp.arguments(PlanMedicineSession)
@bp.response(201, MedicineSessionView)
def plan_medicine_session(body: dict[str, Any]) -> Any:
    """Plan a medicine session; it occupies everybody and the room, and waits for its gate."""
    actor = current_actor()

    def command(db: Session) -> UUID:
        if not is_treating(db, actor.person_id, body["couple_id"]):
            raise NotFound
        return commands.plan_medicine_session(db, **body, now=now(db)).id

    return once(command, show=medicine_session_view)


@bp.get("/medicine-sessions/<uuid:session_id>")
@bp.response(200, MedicineSessionView)
def show_medicine_session(session_id: UUID) -> Any:
    """One medicine session with its gate, for those who treat the couple."""
    with transaction() as db:
        return respond(medicine_session_view(db, session_id))


@bp.post("/medicine-sessions/<uuid:session_id>/transport-plan")
@bp.arguments(NameTraveller)
@bp.response(201, MedicineSessionView)
def plan_transport(body: dict[str, Any], session_id: UUID) -> Any:
    """Record that somebody who takes the medicine has a way home."""
    actor = current_actor()

    def command(db: Session) -> UUID:
        commands.plan_transport(db, session_id, **body, recorded_by=actor.person_id, now=now(db))
        return session_id

    return once(command, show=medicine_session_view)


@bp.post("/medicine-sessions/<uuid:session_id>/transport-plan/withdraw")
@bp.arguments(NameTraveller)
@bp.response(201, MedicineSessionView)
def withdraw_transport_plan(body: dict[str, Any], session_id: UUID) -> Any:
    """Record that the way home is no longer arranged."""

    def command(db: Session) -> UUID:
        commands.withdraw_transport_plan(db, session_id, **body, now=now(db))
        return session_id

    return once(command, show=medicine_session_view)


@bp.post("/medicine-sessions/<uuid:session_id>/cancel")
@bp.arguments(Nothing)
@bp.response(201, MedicineSessionView)
def cancel_medicine_session(_: dict[str, Any], session_id: UUID) -> Any:
    """Give up a medicine session that has not begun."""

    def command(db: Session) -> UUID:
        commands.cancel_medicine_session(db, session_id, now=now(db))
        return session_id

    return once(command, show=medicine_session_view)
