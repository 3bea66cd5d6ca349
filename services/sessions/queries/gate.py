"""Gathers what the gate of one medicine session looks at."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.sessions.domain.gate import Facts, PersonFacts
from services.sessions.domain.states import STANDING_CONSENT, BookingState, MedicineState
from services.sessions.models import (
    Booking,
    Consent,
    MedicineSession,
    PreparationDone,
    ReadinessDecision,
    TransportPlan,
)
from shared.events.intake import Readiness
from shared.events.sessions import Programme, SessionKind


def gate_facts(db: Session, session: MedicineSession) -> Facts:
    """What is known now. Call it under the lock of the session's row when something is decided by it."""
    integrations = list(
        db.execute(
            select(Booking.starts_at, Booking.state).where(
                Booking.couple_id == session.couple_id,
                Booking.kind == SessionKind.INTEGRATION,
                Booking.state != BookingState.CANCELLED,
            )
        )
    )
    previous = _previous(db, session)
    previous_end = (previous.ended_at or previous.ends_at) if previous else None
    return Facts(
        programme=Programme(session.programme),
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        people=_people(db, session),
        integration_starts=tuple(row.starts_at for row in integrations),
        previous_end=previous_end,
        is_previous_integration_done=previous is None
        or any(
            row.state == BookingState.COMPLETED and previous.ended_at and row.starts_at >= previous.ended_at
            for row in integrations
        ),
    )


def _people(db: Session, session: MedicineSession) -> tuple[PersonFacts, ...]:
    here = Consent.session_id == session.id
    consented = set(
        db.scalars(select(Consent.person_id).where(here, Consent.state.in_(list(STANDING_CONSENT))))
    )
    decisions = {
        row.person_id: row
        for row in db.execute(
            select(
                ReadinessDecision.person_id, ReadinessDecision.decision, ReadinessDecision.expires_at
            ).where(ReadinessDecision.couple_id == session.couple_id)
        )
    }
    prepared = set(
        db.scalars(select(PreparationDone.person_id).where(PreparationDone.couple_id == session.couple_id))
    )
    travelling = set(
        db.scalars(select(TransportPlan.person_id).where(TransportPlan.session_id == session.id))
    )
    people = []
    for person_id in session.people:
        decision = decisions.get(person_id)
        people.append(
            PersonFacts(
                person_id=person_id,
                is_taking=person_id in session.taking_ids,
                has_consent=person_id in consented,
                readiness=Readiness(decision.decision) if decision else None,
                readiness_expires_at=decision.expires_at if decision else None,
                is_prepared=person_id in prepared,
                has_transport_plan=person_id in travelling,
            )
        )
    return tuple(people)


def _previous(db: Session, session: MedicineSession) -> MedicineSession | None:
    """The couple's medicine session before this one, begun or still to come."""
    table = MedicineSession
    return db.scalar(
        select(table)
        .where(
            table.couple_id == session.couple_id,
            table.id != session.id,
            table.starts_at < session.starts_at,
            table.state != MedicineState.CANCELLED,
        )
        .order_by(func.coalesce(table.ended_at, table.ends_at).desc())
        .limit(1)
    )
