"""Medicine sessions: as the care team sees them, and locked for whoever changes them."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.sessions.domain.gate import verdicts
from services.sessions.domain.states import BEFORE_START
from services.sessions.models import MedicineSession
from services.sessions.queries.consents import standing_consents
from services.sessions.queries.gate import gate_facts
from services.sessions.queries.sight import as_gate
from shared.audit.looks import concerning
from shared.errors import NotFound

_FRESH = {"populate_existing": True}  # a row read before the lock was granted may be old


def locked_medicine_session(db: Session, session_id: UUID) -> MedicineSession:
    """The session, locked: start and withdrawal both pass here (rule C1). Raises NotFound."""
    session = db.scalar(
        select(MedicineSession)
        .where(MedicineSession.id == session_id)
        .with_for_update()
        .execution_options(**_FRESH)
    )
    if session is None:
        raise NotFound
    return session


def locked_open_sessions(db: Session, couple_id: UUID) -> list[MedicineSession]:
    """The couple's sessions that have not begun, locked in the order of their ids, for their gates to be settled."""
    statement = (
        select(MedicineSession)
        .where(MedicineSession.couple_id == couple_id, MedicineSession.state.in_(list(BEFORE_START)))
        .order_by(MedicineSession.id)
        .with_for_update()
        .execution_options(**_FRESH)
    )
    with as_gate(db):
        return list(db.scalars(statement))


def medicine_session_view(db: Session, session_id: UUID) -> dict[str, Any]:
    """A session with its gate, for the care team: a look at everybody who takes part. Raises NotFound."""
    session = db.get(MedicineSession, session_id)
    if session is None:
        raise NotFound
    for person_id in (*session.taking_ids, *session.attending_ids):
        concerning(db, about_id=person_id)
    names = (
        "couple_id", "programme", "state", "taking_ids", "attending_ids", "practitioner_ids", "room_id",
        "starts_at", "ends_at", "zone", "is_stopped", "started_at", "ended_at", "facts_confirmed_by",
        "facts_confirmed_at", "version",
    )  # fmt: skip
    shown = {name: getattr(session, name) for name in names}
    gate = verdicts(gate_facts(db, session))
    return {"session_id": session.id, "gate": gate, "consents": standing_consents(db, session), **shown}
