"""Projections of where appointments stand, as their owner states it when this service's knowledge is rebuilt."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.notify.models import Appointment
from services.notify.queries.told import told_so_far
from shared.events.base import Received
from shared.events.sessions import MedicineSessionStated, SessionStated

_TOLD = ("told_state", "told_count")


def project_session_stated(db: Session, events: Sequence[Received[SessionStated]]) -> None:
    """Where each appointment stands. Repeating it sets the same."""
    _keep(db, [_row(one, kind=one.event.kind.value, enquiry_id=one.event.enquiry_id) for one in events])


def project_medicine_session_stated(db: Session, events: Sequence[Received[MedicineSessionStated]]) -> None:
    """Where each medicine session stands, and since when partners may know. Repeating it sets the same."""
    _keep(db, [_row(one, kind="medicine", released_at=one.event.released_at) for one in events])


def _row(one: Received[SessionStated] | Received[MedicineSessionStated], **more: Any) -> dict[str, Any]:
    fact = one.event
    return {
        "practice_id": one.practice_id,
        "session_id": fact.session_id,
        "state": fact.state.value,
        "couple_id": fact.couple_id,
        "enquiry_id": None,
        "partner_ids": list(fact.partner_ids),
        "practitioner_ids": list(fact.practitioner_ids),
        "starts_at": fact.starts_at,
        "released_at": None,
        **more,
    }


def _keep(db: Session, rows: Sequence[dict[str, Any]]) -> None:
    """What people have been told is this service's own. A row that was lost gets it back from the notices:
    without it, the next change would be told under a name that was used before, and so reach nobody."""
    latest = {row["session_id"]: row for row in rows}
    here = set(db.scalars(select(Appointment.session_id).where(Appointment.session_id.in_(latest))))
    told = told_so_far(db, set(latest) - here)
    values = [
        {**row, **dict(zip(_TOLD, told.get(session_id, (None, 0)), strict=True))}
        for session_id, row in latest.items()
    ]
    statement = insert(Appointment).values(values)
    stated = {
        name: statement.excluded[name]
        for name in values[0]
        if name not in ("practice_id", "session_id", *_TOLD)
    }
    db.execute(statement.on_conflict_do_update(index_elements=["practice_id", "session_id"], set_=stated))
