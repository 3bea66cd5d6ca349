"""Gathers what the gate of one medicine session looks at."""

from collections.abc import Sequence, Set
from uuid import UUID

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
from services.sessions.queries.care import conflicts_of
from services.sessions.queries.sight import as_gate
from shared.events.intake import Readiness
from shared.events.sessions import Programme, SessionKind


def gate_facts(db: Session, session: MedicineSession) -> Facts:
    """What is known now. Call it under the lock of the session's row when something is decided by it."""
    with as_gate(db):
        earlier = _earlier(db, session)
        in_conflict = conflicts_of(db, [session.couple_id]).get(session.couple_id, set())
        people = _people(db, session, earlier, in_conflict)
    return Facts(
        programme=Programme(session.programme),
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        people=people,
        previous_end=earlier[0].ended_at or earlier[0].ends_at if earlier else None,
        is_somebody_in_conflict=not in_conflict.isdisjoint(session.practitioner_ids),
    )


def _people(
    db: Session, session: MedicineSession, earlier: Sequence[MedicineSession], in_conflict: Set[UUID]
) -> tuple[PersonFacts, ...]:
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
    integrations = list(
        db.execute(
            select(Booking.starts_at, Booking.state, Booking.partner_ids, Booking.practitioner_ids).where(
                Booking.couple_id == session.couple_id,
                Booking.kind == SessionKind.INTEGRATION,
                Booking.state != BookingState.CANCELLED,
            )
        )
    )
    people = []
    for person_id in session.people:
        decision = decisions.get(person_id)
        own_integrations = [one for one in integrations if person_id in one.partner_ids]
        own_previous = next((one for one in earlier if person_id in one.people), None)
        people.append(
            PersonFacts(
                person_id=person_id,
                is_taking=person_id in session.taking_ids,
                has_consent=person_id in consented,
                readiness=Readiness(decision.decision) if decision else None,
                readiness_expires_at=decision.expires_at if decision else None,
                is_prepared=person_id in prepared,
                has_transport_plan=person_id in travelling,
                integration_starts=tuple(
                    one.starts_at
                    for one in own_integrations
                    # One that waits for another practitioner is none to count on.
                    if one.state != BookingState.BOOKED or in_conflict.isdisjoint(one.practitioner_ids)
                ),
                is_previous_integration_done=own_previous is None
                or any(
                    own_previous.ended_at
                    and one.state == BookingState.COMPLETED
                    and one.starts_at >= own_previous.ended_at
                    for one in own_integrations
                ),
            )
        )
    return tuple(people)


def _earlier(db: Session, session: MedicineSession) -> Sequence[MedicineSession]:
    """The couple's medicine sessions before this one, begun or still to come, the last one first."""
    table = MedicineSession
    return db.scalars(
        select(table)
        .where(
            table.couple_id == session.couple_id,
            table.id != session.id,
            table.starts_at < session.starts_at,
            table.state != MedicineState.CANCELLED,
        )
        .order_by(func.coalesce(table.ended_at, table.ends_at).desc())
    ).all()
