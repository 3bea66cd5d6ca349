"""Projections of what notices are about: appointments and check-ins. One statement a batch, last per key."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.notify.domain import occasions
from services.notify.models import Appointment, CheckIn
from shared.db.tenancy import practice_of
from shared.events.base import Received
from shared.events.integration import CheckInAnswered, CheckInOpened
from shared.events.sessions import (
    MedicineSessionConfirmed,
    MedicineSessionEnded,
    MedicineSessionHeld,
    MedicineSessionStarted,
    SessionBooked,
    SessionCancelled,
    SessionCompleted,
)

_KEY = ["practice_id", "session_id"]


def project_session_booked(db: Session, events: Sequence[Received[SessionBooked]]) -> None:
    """Times and people of each appointment. Booked again, it may have moved, or be on after having been off:
    an integration session follows its medicine session, which may be confirmed anew after a hold."""
    _keep(
        db,
        [
            {
                **_times(one.event),
                "kind": one.event.kind.value,
                "state": occasions.BOOKED,
                "couple_id": one.event.couple_id,
                "enquiry_id": one.event.enquiry_id,
            }
            for one in events
        ],
        changing=("state", "starts_at", "partner_ids", "practitioner_ids"),
    )


def project_session_cancelled(db: Session, events: Sequence[Received[SessionCancelled]]) -> None:
    """It is off. Repeating it changes nothing; bookings come before it under the same key."""
    _set_state(db, (one.event.session_id for one in events), occasions.CANCELLED)


def project_session_completed(db: Session, events: Sequence[Received[SessionCompleted]]) -> None:
    """It took place. Repeating it changes nothing."""
    _set_state(db, (one.event.session_id for one in events), occasions.COMPLETED)


def project_medicine_session_confirmed(
    db: Session, events: Sequence[Received[MedicineSessionConfirmed]]
) -> None:
    """It is going ahead, and partners may know from released_at. Repeating it sets the same."""
    _keep(
        db,
        [
            {
                **_times(one.event),
                "kind": "medicine",
                "state": occasions.CONFIRMED,
                "couple_id": one.event.couple_id,
                "released_at": one.event.released_at,
            }
            for one in events
        ],
        changing=("state", "starts_at", "released_at", "partner_ids", "practitioner_ids"),
    )


def project_medicine_session_held(db: Session, events: Sequence[Received[MedicineSessionHeld]]) -> None:
    """It isn't going ahead as planned. Repeating it sets the same."""
    _keep(
        db,
        [
            {
                "session_id": one.event.session_id,
                "kind": "medicine",
                "state": occasions.HELD,
                "couple_id": one.event.couple_id,
                "partner_ids": list(one.event.partner_ids),
                "practitioner_ids": [],
                "released_at": one.event.released_at,
            }
            for one in events
        ],
        changing=("state", "released_at", "partner_ids"),
    )


def project_medicine_session_started(db: Session, events: Sequence[Received[MedicineSessionStarted]]) -> None:
    """It began: no reminder any more. Repeating it changes nothing."""
    _set_state(db, (one.event.session_id for one in events), occasions.IN_PROGRESS)


def project_medicine_session_ended(db: Session, events: Sequence[Received[MedicineSessionEnded]]) -> None:
    """It is over. Repeating it changes nothing."""
    _set_state(db, (one.event.session_id for one in events), occasions.ENDED)


def project_check_in_opened(db: Session, events: Sequence[Received[CheckInOpened]]) -> None:
    """A check-in waits for its partner. Answers come after it under the same key, so repeating it sets the same."""
    _keep_check_ins(db, events, is_answered=False)


def project_check_in_answered(db: Session, events: Sequence[Received[CheckInAnswered]]) -> None:
    """A check-in needs no notice any more. Repeating it sets the same; what was answered isn't kept."""
    _keep_check_ins(db, events, is_answered=True)


def _keep_check_ins(
    db: Session, events: Sequence[Received[CheckInOpened] | Received[CheckInAnswered]], *, is_answered: bool
) -> None:
    rows = {
        one.event.check_in_id: {
            "practice_id": one.practice_id,
            "check_in_id": one.event.check_in_id,
            "person_id": one.event.person_id,
            "is_answered": is_answered,
        }
        for one in events
    }
    statement = insert(CheckIn).values(list(rows.values()))
    kept = {"person_id": statement.excluded.person_id, "is_answered": statement.excluded.is_answered}
    db.execute(statement.on_conflict_do_update(index_elements=["practice_id", "check_in_id"], set_=kept))


def _times(fact: SessionBooked | MedicineSessionConfirmed) -> dict[str, Any]:
    return {
        "session_id": fact.session_id,
        "starts_at": fact.starts_at,
        "partner_ids": list(fact.partner_ids),
        "practitioner_ids": list(fact.practitioner_ids),
    }


def _keep(db: Session, rows: Sequence[dict[str, Any]], *, changing: tuple[str, ...]) -> None:
    practice_id = practice_of(db)
    latest = {row["session_id"]: {"practice_id": practice_id, **row} for row in rows}
    statement = insert(Appointment).values(list(latest.values()))
    changes = {name: statement.excluded[name] for name in changing}
    db.execute(statement.on_conflict_do_update(index_elements=_KEY, set_=changes))


def _set_state(db: Session, session_ids: Iterable[UUID], state: str) -> None:
    db.execute(update(Appointment).where(Appointment.session_id.in_(set(session_ids))).values(state=state))
