"""Planning a medicine session, arranging its transport, giving it up."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.sessions.commands.appointments import check_fits, check_no_conflict
from services.sessions.commands.gate import END_REACHED, START_REACHED, give_up, settle
from services.sessions.commands.resources import occupy
from services.sessions.domain.states import BEFORE_START, ConsentState, MedicineState, RoomKind
from services.sessions.models import Consent, MedicineSession, TransportPlan
from services.sessions.problems import NotOfThisCouple, RoomNotSuitable, SessionIsOver
from services.sessions.queries.care import locked_couple
from services.sessions.queries.medicine_sessions import locked_medicine_session, locked_open_sessions
from services.sessions.queries.practitioners import room
from shared.db.practice import current_practice
from shared.events.sessions import Programme, SessionKind
from shared.ids import shown_id
from shared.path import timers


def plan_medicine_session(
    db: Session,
    *,
    couple_id: UUID,
    programme: Programme,
    taking_ids: list[UUID],
    attending_ids: list[UUID],
    practitioner_ids: list[UUID],
    room_id: UUID,
    starts_at: datetime,
    duration_min: int,
    now: datetime,
) -> MedicineSession:
    """Plan a medicine session; it occupies everybody and the room at once, and waits for its gate."""
    couple = locked_couple(db, couple_id)
    if not {*taking_ids, *attending_ids} <= set(couple.partner_ids):
        raise NotOfThisCouple
    check_no_conflict(couple, practitioner_ids)
    if room(db, room_id).kind != RoomKind.MEDICINE:
        raise RoomNotSuitable
    open_sessions = locked_open_sessions(db, couple_id)
    zone = current_practice(db).zone
    starts_at = starts_at.astimezone(UTC)
    ends_at = starts_at + timedelta(minutes=duration_min)
    check_fits(
        db, SessionKind.MEDICINE, practitioner_ids, starts_at=starts_at, ends_at=ends_at, zone=zone, now=now
    )
    session = MedicineSession(
        id=shown_id(),
        couple_id=couple_id,
        programme=programme,
        state=MedicineState.PLANNED,
        taking_ids=sorted(taking_ids),
        attending_ids=sorted(attending_ids),
        practitioner_ids=sorted(practitioner_ids),
        room_id=room_id,
        starts_at=starts_at,
        ends_at=ends_at,
        zone=zone,
    )
    occupy(
        db,
        session.id,
        practitioner_ids=practitioner_ids,
        partner_ids=session.people,
        room_id=room_id,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    db.add(session)
    db.flush()  # first: the walls let a consent be opened only for a session that is there
    for person_id in session.people:
        db.add(Consent(session_id=session.id, person_id=person_id, state=ConsentState.NOT_GIVEN))
    db.flush()
    timers.schedule(db, START_REACHED, session.id, starts_at)
    timers.schedule(db, END_REACHED, session.id, ends_at)
    for one in (*open_sessions, session):  # the spacing of a later one now counts from this one
        settle(db, one, now=now)
    return session


def plan_transport(
    db: Session, session_id: UUID, person_id: UUID, *, recorded_by: UUID, now: datetime
) -> None:
    """Record that somebody who takes the medicine has a way home arranged."""
    session = _locked_before_start(db, session_id, taking=person_id)
    here = {"session_id": session_id, "person_id": person_id}
    said = {"recorded_by": recorded_by, "recorded_at": now}
    db.execute(
        insert(TransportPlan)
        .values(**here, **said)
        .on_conflict_do_update(index_elements=["practice_id", "session_id", "person_id"], set_=said)
    )
    settle(db, session, now=now)


def withdraw_transport_plan(db: Session, session_id: UUID, person_id: UUID, *, now: datetime) -> None:
    """Record that the way home is no longer arranged."""
    session = _locked_before_start(db, session_id, taking=person_id)
    db.execute(
        delete(TransportPlan).where(
            TransportPlan.session_id == session_id, TransportPlan.person_id == person_id
        )
    )
    settle(db, session, now=now)


def cancel_medicine_session(db: Session, session_id: UUID, *, now: datetime) -> None:
    """Give up a session that has not begun. Partners see what they see of any hold."""
    session = locked_medicine_session(db, session_id)
    if session.state not in BEFORE_START:
        raise SessionIsOver
    give_up(db, session, now=now)


def _locked_before_start(db: Session, session_id: UUID, *, taking: UUID) -> MedicineSession:
    session = locked_medicine_session(db, session_id)
    if session.state not in BEFORE_START:
        raise SessionIsOver
    if taking not in session.taking_ids:
        raise NotOfThisCouple
    return session
