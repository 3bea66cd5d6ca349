"""The day of a medicine session: start and end."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.sessions.commands.announcements import announce
from services.sessions.commands.gate import END_REACHED, OVERDUE_END, SETTLE_COUPLE, START_REACHED
from services.sessions.domain.day import OVERDUE_AFTER, OVERDUE_AGAIN_AFTER, are_facts_fresh, is_time_to_start
from services.sessions.domain.gate import is_open
from services.sessions.domain.public_state import PublicState
from services.sessions.domain.states import STANDING_CONSENT, ConsentState, MedicineState
from services.sessions.models import Consent, MedicineSession
from services.sessions.problems import (
    ConsentMissing,
    ConsentNotReaffirmed,
    FactsNotFresh,
    NotTheTimeYet,
    SessionNotConfirmed,
    SessionNotInProgress,
    TimeIsPast,
)
from services.sessions.queries.gate import gate_facts
from services.sessions.queries.medicine_sessions import locked_medicine_session
from shared.clock import Clock
from shared.events.sessions import (
    MedicineSessionEnded,
    MedicineSessionOverdue,
    MedicineSessionStarted,
    Programme,
)
from shared.path import outbox, timers
from shared.path.freshness import known_until


def start_medicine_session(
    db: Session, session_id: UUID, *, by: UUID, confirms_facts: bool, now: datetime
) -> None:
    """Begin a confirmed session (rule C1): every consent reaffirmed, the gate open, facts fresh or vouched for.

    The row lock is the one a withdrawal takes, and everything is read after it was granted: whichever
    commits first, the other sees it.
    """
    session = locked_medicine_session(db, session_id)
    _check_consents(db, session)
    if session.state != MedicineState.CONFIRMED or not is_open(gate_facts(db, session)):
        raise SessionNotConfirmed
    if not is_time_to_start(now, starts_at=session.starts_at, ends_at=session.ends_at):
        raise NotTheTimeYet if now < session.starts_at else TimeIsPast
    clock: Clock = db.info["clock"]
    known = known_until(db, "intake", key=str(session.couple_id))
    if session.facts_lost_at is not None or not are_facts_fresh(known, real_now=clock()):
        if not confirms_facts:
            raise FactsNotFresh
        session.facts_confirmed_by, session.facts_confirmed_at = by, now
    session.state, session.started_at, session.started_by = MedicineState.IN_PROGRESS, now, by
    for kind in (START_REACHED, END_REACHED):
        timers.cancel(db, kind, session.id)
    timers.schedule(db, OVERDUE_END, session.id, session.ends_at + OVERDUE_AFTER)
    announce(db, session.id, PublicState.IN_PROGRESS, released_at=now)
    outbox.record(db, MedicineSessionStarted(session_id=session.id, couple_id=session.couple_id, at=now))


def end_medicine_session(db: Session, session_id: UUID, *, now: datetime) -> None:
    """End a session that is in progress. Raises SessionNotInProgress."""
    session = locked_medicine_session(db, session_id)
    if session.state != MedicineState.IN_PROGRESS:
        raise SessionNotInProgress
    session.state, session.ended_at = MedicineState.ENDED, now
    announce(db, session.id, PublicState.COMPLETED, released_at=now)
    outbox.record(
        db,
        MedicineSessionEnded(
            session_id=session.id,
            couple_id=session.couple_id,
            partner_ids=tuple(session.people),
            programme=Programme(session.programme),
            at=now,
        ),
    )
    # Spacing of later sessions counts from this end; evaluated on its own, so that locks keep their order.
    timers.schedule(db, SETTLE_COUPLE, session.couple_id, now)


def report_overdue(db: Session, session_id: UUID, *, now: datetime) -> None:
    """Have the care team told of a session that began and that nobody ended; again and again until somebody does.

    It isn't ended here: when it ended, only who was there can say. One that has ended is left alone, which is
    why its end need not take the timer away.
    """
    session = locked_medicine_session(db, session_id)
    if session.state != MedicineState.IN_PROGRESS:
        return
    tell_overdue(db, session, now=now)
    timers.schedule(db, OVERDUE_END, session.id, now + OVERDUE_AGAIN_AFTER)


def tell_overdue(db: Session, session: MedicineSession, *, now: datetime) -> None:
    """Tell the care team that nobody has said how this session went."""
    outbox.record(
        db,
        MedicineSessionOverdue(
            session_id=session.id,
            couple_id=session.couple_id,
            practitioner_ids=tuple(session.practitioner_ids),
            at=now,
        ),
    )


def _check_consents(db: Session, session: MedicineSession) -> None:
    states = set(db.scalars(select(Consent.state).where(Consent.session_id == session.id)))
    if not states <= set(STANDING_CONSENT):
        raise ConsentMissing
    if states != {ConsentState.REAFFIRMED}:
        raise ConsentNotReaffirmed
