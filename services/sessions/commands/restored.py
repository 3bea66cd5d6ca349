"""After a restore: no medicine session begins on what may have been taken back since the backup (rule C1).

A withdrawal that came after the backup is lost with everything else of that time. So every consent that stands is asked
for again: it is put back to not given, which holds the session, and only its own person can give it again. Decisions of
others may be lost as well: whoever starts such a session confirms the facts, under their name.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.sessions.commands.day import tell_overdue
from services.sessions.commands.gate import END_REACHED, FREE_SLOT, START_REACHED, settle
from services.sessions.domain.states import BEFORE_START, STANDING_CONSENT, ConsentState, MedicineState
from services.sessions.models import Consent, ConsentAct, MedicineSession
from services.sessions.queries.medicine_sessions import locked_medicine_session
from shared.audit.by_workers import audited, changed
from shared.path import timers
from shared.path.restored import Restored


def ask_consents_again(db: Session, now: datetime) -> int:
    """Put every session that has not ended into the safe state; how many. Doing it twice changes nothing more."""
    states = [*BEFORE_START, MedicineState.IN_PROGRESS]
    ids = db.scalars(
        select(MedicineSession.id).where(MedicineSession.state.in_(states)).order_by(MedicineSession.id)
    ).all()
    for session_id in ids:
        _make_safe(db, locked_medicine_session(db, session_id), now=now)
    return len(ids)


def _make_safe(db: Session, session: MedicineSession, *, now: datetime) -> None:
    session.facts_lost_at = now
    changed(db, "medicine_session", record_id=session.id, about_id=session.couple_id)
    if session.state == MedicineState.IN_PROGRESS:
        session.is_stopped = True  # a withdrawal may be lost: no further dose
        return
    _unmake_consents(db, session, now=now)
    if session.state == MedicineState.CONFIRMED and session.starts_at <= now:
        _tell_care_team(db, session, now=now)
        return
    settle(db, session, now=now)
    if session.state == MedicineState.HELD:
        # Nobody asked for this hold: the slot is kept until the start, not for a day.
        session.frees_at = session.starts_at
        timers.schedule(db, FREE_SLOT, session.id, session.starts_at)


def _unmake_consents(db: Session, session: MedicineSession, *, now: datetime) -> None:
    for consent in db.scalars(select(Consent).where(Consent.session_id == session.id)):
        if consent.state not in STANDING_CONSENT:
            continue
        consent.state = ConsentState.NOT_GIVEN
        db.add(
            ConsentAct(
                session_id=session.id,
                person_id=consent.person_id,
                state=ConsentState.NOT_GIVEN,
                text_version=consent.text_version,
                at=now,
            )
        )
        changed(db, "consent", record_id=session.id, about_id=consent.person_id)
    db.flush()


def _tell_care_team(db: Session, session: MedicineSession, *, now: datetime) -> None:
    """It may have taken place since the backup: the partners are told nothing, the care team looks."""
    for kind in (START_REACHED, END_REACHED):
        timers.cancel(db, kind, session.id)
    tell_overdue(db, session, now=now)


RESTORED = Restored(
    ask_consents_again,
    waits=frozenset({FREE_SLOT, START_REACHED, END_REACHED}),
    audits=audited("medicine_session", "consent"),
    says="{count} medicine sessions had not ended: consent to them is asked for again",
)
