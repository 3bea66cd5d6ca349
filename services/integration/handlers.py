"""What integration does with others' events and with time."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import TIMESTAMP, Uuid, column, delete, update, values
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.integration.commands import journeys
from services.integration.domain import ConcernState
from services.integration.models import (
    AttendedIntegration,
    BreakGlass,
    CareTeamMember,
    ConfidentialityChange,
    CouplePartner,
    SafetyConcern,
)
from shared.audit.by_workers import Audits, audited, changed
from shared.db.broken_glass import projections_into
from shared.db.practice import project_practice_clock_moved, project_practice_created
from shared.events.base import Event, Received
from shared.events.gateway import PracticeClockMoved, PracticeCreated
from shared.events.intake import (
    BreakGlassEnded,
    BreakGlassOpened,
    CareTeamChanged,
    ConfidentialityPolicyChanged,
    CoupleRegistered,
)
from shared.events.notify import AlertAcknowledged
from shared.events.sessions import MedicineSessionEnded, SessionCompleted, SessionKind
from shared.path.handlers import Projection, Reaction
from shared.path.timers import DueTimer, TimerHandler


def project_couple_registered(db: Session, events: Sequence[Received[CoupleRegistered]]) -> None:
    """Keep who is in each couple: the last word replaces all before, so repeating it changes nothing."""
    partners = {one.event.couple_id: one.event.partner_ids for one in events}
    db.execute(delete(CouplePartner).where(CouplePartner.couple_id.in_(partners)))
    rows = [
        {"couple_id": couple_id, "person_id": person_id}
        for couple_id, person_ids in partners.items()
        for person_id in person_ids
    ]
    if rows:
        db.execute(insert(CouplePartner).values(rows).on_conflict_do_nothing())


def project_care_team_changed(db: Session, events: Sequence[Received[CareTeamChanged]]) -> None:
    """Keep who treats each couple, known here or not yet: the last word replaces all before."""
    teams = {one.event.couple_id: one.event.practitioner_ids for one in events}
    db.execute(delete(CareTeamMember).where(CareTeamMember.couple_id.in_(teams)))
    rows = [
        {"couple_id": couple_id, "practitioner_id": practitioner_id}
        for couple_id, practitioner_ids in teams.items()
        for practitioner_id in practitioner_ids
    ]
    if rows:
        db.execute(insert(CareTeamMember).values(rows).on_conflict_do_nothing())


def project_confidentiality_policy_changed(
    db: Session, events: Sequence[Received[ConfidentialityPolicyChanged]]
) -> None:
    """Keep which policy held since when. Changes are numbered and none is ever altered: repeating writes the same."""
    rows = {
        (one.event.couple_id, one.event.sequence): {
            "couple_id": one.event.couple_id,
            "sequence": one.event.sequence,
            "policy": one.event.policy.value,
            "since": one.event.since,
        }
        for one in events
    }
    statement = insert(ConfidentialityChange).values(list(rows.values()))
    said = {name: statement.excluded[name] for name in ("policy", "since")}
    db.execute(
        statement.on_conflict_do_update(index_elements=["practice_id", "couple_id", "sequence"], set_=said)
    )


project_break_glass_opened, project_break_glass_ended = projections_into(BreakGlass)


def project_session_completed(db: Session, events: Sequence[Received[SessionCompleted]]) -> None:
    """Keep who attended which integration session. A session and person are kept once: repeating writes the same."""
    rows = [
        {"session_id": fact.session_id, "person_id": person_id, "couple_id": fact.couple_id, "at": fact.at}
        for fact in (one.event for one in events)
        if fact.kind is SessionKind.INTEGRATION and fact.couple_id is not None
        for person_id in fact.partner_ids
    ]
    if rows:
        statement = insert(AttendedIntegration).values(rows)
        attended = {"couple_id": statement.excluded.couple_id, "at": statement.excluded.at}
        db.execute(
            statement.on_conflict_do_update(
                index_elements=["practice_id", "session_id", "person_id"], set_=attended
            )
        )


def project_alert_acknowledged(db: Session, events: Sequence[Received[AlertAcknowledged]]) -> None:
    """Mark concerns as taken up. Only an open one is changed: the first who took it up stays, repeats do nothing."""
    first = {one.event.concern_id: one.event for one in reversed(events)}
    taken_up = values(
        column("concern_id", Uuid),
        column("by", Uuid),
        column("at", TIMESTAMP(timezone=True)),
        name="taken_up",
    ).data([(fact.concern_id, fact.by, fact.at) for fact in first.values()])
    taken = db.execute(
        update(SafetyConcern)
        .where(SafetyConcern.id == taken_up.c.concern_id, SafetyConcern.state == ConcernState.OPEN)
        .values(state=ConcernState.ACKNOWLEDGED, acknowledged_by=taken_up.c.by, acknowledged_at=taken_up.c.at)
        .returning(SafetyConcern.id, SafetyConcern.person_id)
        .execution_options(synchronize_session=False)
    )
    for concern_id, person_id in taken:
        changed(db, "safety_concern", record_id=concern_id, about_id=person_id)


def on_medicine_session_ended(db: Session, received: Received[MedicineSessionEnded]) -> None:
    """Open the partners' journeys. Redelivery is harmless: (session, person) is unique."""
    fact = received.event
    journeys.open_journeys(
        db, session_id=fact.session_id, couple_id=fact.couple_id, partner_ids=fact.partner_ids, at=fact.at
    )


def fire_open_check_in(db: Session, timer: DueTimer, now: datetime) -> None:  # noqa: ARG001
    """Open the day's check-in, dated by its due time. Firing again is harmless: (journey, day) is unique."""
    journeys.open_check_in(db, journey_id=timer.ref, day=int(timer.occurrence), opened_at=timer.due_at)


PROJECTIONS: Mapping[type[Event], Projection] = {
    PracticeCreated: project_practice_created,
    PracticeClockMoved: project_practice_clock_moved,
    CoupleRegistered: project_couple_registered,
    CareTeamChanged: project_care_team_changed,
    ConfidentialityPolicyChanged: project_confidentiality_policy_changed,
    BreakGlassOpened: project_break_glass_opened,
    BreakGlassEnded: project_break_glass_ended,
    SessionCompleted: project_session_completed,
    AlertAcknowledged: project_alert_acknowledged,
}
REACTIONS: Mapping[type[Event], Reaction] = {MedicineSessionEnded: on_medicine_session_ended}
TIMERS: Mapping[str, TimerHandler] = {journeys.CHECK_IN_TIMER: fire_open_check_in}
AUDITS: Audits = {
    MedicineSessionEnded: audited("journey"),
    AlertAcknowledged: audited("safety_concern"),
    journeys.CHECK_IN_TIMER: audited("check_in"),
}
