"""The consent ledger: given, reaffirmed on the day, withdrawn at any time in one tap.

What these commands answer depends on the person's own acts and on released facts only: never on the
session's inner state, which holds what the other partner did.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.sessions.commands.gate import settle
from services.sessions.domain.day import is_day_of
from services.sessions.domain.public_state import PublicState
from services.sessions.domain.states import BEFORE_START, STANDING_CONSENT, ConsentState, MedicineState
from services.sessions.models import Consent, ConsentAct, MedicineSession
from services.sessions.problems import (
    ConsentMissing,
    ConsentTextOutdated,
    NotTheDayOfTheSession,
    TooLateToConsent,
)
from services.sessions.queries.consents import consent_text
from services.sessions.queries.medicine_sessions import locked_medicine_session
from services.sessions.queries.partners_sessions import public_view_of
from shared.errors import NotFound
from shared.events.sessions import ConsentWithdrawn, Programme
from shared.path import outbox

_BEGUN = (PublicState.IN_PROGRESS, PublicState.COMPLETED)


def give_consent(db: Session, session_id: UUID, person_id: UUID, *, text_version: str, now: datetime) -> None:
    """Consent to the current text. Raises ConsentTextOutdated, TooLateToConsent."""
    session, consent = _locked(db, session_id, person_id)
    if text_version != consent_text(Programme(session.programme))["version"]:
        raise ConsentTextOutdated
    if public_view_of(db, session, now=now).state in _BEGUN:
        raise TooLateToConsent
    if consent.state not in STANDING_CONSENT or consent.text_version != text_version:
        consent.text_version = text_version
        _act(db, consent, ConsentState.GIVEN, now=now)
        settle(db, session, now=now)


def reaffirm_consent(db: Session, session_id: UUID, person_id: UUID, *, now: datetime) -> None:
    """Consent again on the day, before anything is taken. Raises ConsentMissing, NotTheDayOfTheSession."""
    session, consent = _locked(db, session_id, person_id)
    shown = public_view_of(db, session, now=now)
    if shown.state is not PublicState.CONFIRMED or not is_day_of(
        session.starts_at, now=now, zone=session.zone
    ):
        raise NotTheDayOfTheSession
    if consent.state not in STANDING_CONSENT:
        raise ConsentMissing
    if consent.state != ConsentState.REAFFIRMED:
        _act(db, consent, ConsentState.REAFFIRMED, now=now)


def withdraw_consent(db: Session, session_id: UUID, person_id: UUID, *, now: datetime) -> None:
    """Withdraw, always: effective in this transaction, without a reason, harmless to repeat (rule C1).

    Before the start the session is held. After it, the session is stopped: no further dose, staff told.
    """
    session, consent = _locked(db, session_id, person_id)
    if consent.state == ConsentState.WITHDRAWN:
        return
    _act(db, consent, ConsentState.WITHDRAWN, now=now)
    is_after_start = session.state == MedicineState.IN_PROGRESS
    if is_after_start:
        session.is_stopped = True
    if is_after_start or session.state in BEFORE_START:
        outbox.record(
            db,
            ConsentWithdrawn(
                session_id=session.id,
                couple_id=session.couple_id,
                person_id=person_id,
                practitioner_ids=tuple(session.practitioner_ids),
                is_after_start=is_after_start,
                at=now,
            ),
        )
    settle(db, session, now=now)


def _act(db: Session, consent: Consent, state: ConsentState, *, now: datetime) -> None:
    consent.state = state
    db.add(
        ConsentAct(
            session_id=consent.session_id,
            person_id=consent.person_id,
            state=state,
            text_version=consent.text_version,
            at=now,
        )
    )
    db.flush()


def _locked(db: Session, session_id: UUID, person_id: UUID) -> tuple[MedicineSession, Consent]:
    """The session's row is the lock; the consent is read after it was granted."""
    session = locked_medicine_session(db, session_id)
    consent = db.scalar(
        select(Consent)
        .where(Consent.session_id == session_id, Consent.person_id == person_id)
        .execution_options(populate_existing=True)
    )
    if consent is None:
        raise NotFound
    return session, consent
