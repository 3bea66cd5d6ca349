"""What sessions does with others' events and with time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.sessions.commands.day import report_overdue
from services.sessions.commands.gate import (
    END_REACHED,
    FREE_SLOT,
    OVERDUE_END,
    SETTLE_COUPLE,
    START_REACHED,
    give_up,
    settle_couple,
)
from services.sessions.domain.states import MedicineState
from services.sessions.models import (
    BreakGlass,
    CheckIn,
    Couple,
    Enquiry,
    Practitioner,
    PreparationDone,
    ReadinessDecision,
)
from services.sessions.queries.medicine_sessions import locked_medicine_session
from shared.audit.by_workers import Audits, audited, not_clinical
from shared.db import broken_glass, conflict_marks
from shared.db.practice import project_practice_clock_moved, project_practice_created
from shared.events.base import Event, Received
from shared.events.gateway import PracticeClockMoved, PracticeCreated, StaffJoined, StaffLeft
from shared.events.intake import (
    BreakGlassEnded,
    BreakGlassOpened,
    CareTeamChanged,
    ConflictMarked,
    ConflictMarkLifted,
    CoupleRegistered,
    EnquiryReceived,
    PreparationCompleted,
    ReadinessDecided,
)
from shared.events.integration import CheckInAnswered
from shared.path.handlers import Projection, Reaction
from shared.path.timers import DueTimer, TimerHandler
from shared.web.actor import CLINICIANS


def project_staff_joined(db: Session, events: Sequence[Received[StaffJoined]]) -> None:
    """Keep who is a clinician, and as what. Repeating it writes the same roles."""
    latest = {
        one.event.person_id: sorted(role.value for role in one.event.roles if role.value in CLINICIANS)
        for one in events
    }
    rows = [{"person_id": person_id, "roles": roles} for person_id, roles in latest.items()]
    statement = insert(Practitioner).values(rows)
    db.execute(
        statement.on_conflict_do_update(
            index_elements=["practice_id", "person_id"], set_={"roles": statement.excluded.roles}
        )
    )


def project_staff_left(db: Session, events: Sequence[Received[StaffLeft]]) -> None:
    """Somebody is no clinician any more, and is offered to nobody. Repeating it changes nothing."""
    rows = [{"person_id": person_id, "roles": []} for person_id in {one.event.person_id for one in events}]
    statement = insert(Practitioner).values(rows)
    db.execute(
        statement.on_conflict_do_update(index_elements=["practice_id", "person_id"], set_={"roles": []})
    )


def project_enquiry_received(db: Session, events: Sequence[Received[EnquiryReceived]]) -> None:
    """Keep who may book a consultation. Repeating it changes nothing."""
    rows = [{"enquiry_id": enquiry_id} for enquiry_id in {one.event.enquiry_id for one in events}]
    db.execute(insert(Enquiry).values(rows).on_conflict_do_nothing())


def project_couple_registered(db: Session, events: Sequence[Received[CoupleRegistered]]) -> None:
    """Keep a couple's partners. Repeating it writes the same ones."""
    latest = {one.event.couple_id: list(one.event.partner_ids) for one in events}
    rows = [
        {"couple_id": couple_id, "partner_ids": partner_ids, "practitioner_ids": []}
        for couple_id, partner_ids in latest.items()
    ]
    statement = insert(Couple).values(rows)
    db.execute(
        statement.on_conflict_do_update(
            index_elements=["practice_id", "couple_id"], set_={"partner_ids": statement.excluded.partner_ids}
        )
    )


def project_care_team_changed(db: Session, events: Sequence[Received[CareTeamChanged]]) -> None:
    """Keep who treats a couple, also one not known yet. Repeating it writes the same team."""
    latest = {one.event.couple_id: list(one.event.practitioner_ids) for one in events}
    rows = [
        {"couple_id": couple_id, "partner_ids": [], "practitioner_ids": team}
        for couple_id, team in latest.items()
    ]
    statement = insert(Couple).values(rows)
    db.execute(
        statement.on_conflict_do_update(
            index_elements=["practice_id", "couple_id"],
            set_={"practitioner_ids": statement.excluded.practitioner_ids},
        )
    )


project_break_glass_opened, project_break_glass_ended = broken_glass.projections_into(BreakGlass)
project_conflict_marked, project_conflict_mark_lifted = conflict_marks.projections_into(Couple)


def project_readiness_decided(db: Session, events: Sequence[Received[ReadinessDecided]]) -> None:
    """Keep each partner's latest decision. Events of a couple come in order, so the last one counts."""
    latest: dict[Any, dict[str, Any]] = {
        (one.event.couple_id, one.event.person_id): {
            "couple_id": one.event.couple_id,
            "person_id": one.event.person_id,
            "decision": one.event.decision.value,
            "expires_at": one.event.expires_at,
        }
        for one in events
    }
    statement = insert(ReadinessDecision).values(list(latest.values()))
    decided = {"decision": statement.excluded.decision, "expires_at": statement.excluded.expires_at}
    db.execute(
        statement.on_conflict_do_update(
            index_elements=["practice_id", "couple_id", "person_id"], set_=decided
        )
    )


def project_preparation_completed(db: Session, events: Sequence[Received[PreparationCompleted]]) -> None:
    """Keep that a partner's preparation is done, and since when. Repeating it writes the same."""
    latest = {
        (one.event.couple_id, one.event.person_id): {
            "couple_id": one.event.couple_id,
            "person_id": one.event.person_id,
            "at": one.event.at,
        }
        for one in events
    }
    statement = insert(PreparationDone).values(list(latest.values()))
    db.execute(
        statement.on_conflict_do_update(
            index_elements=["practice_id", "couple_id", "person_id"], set_={"at": statement.excluded.at}
        )
    )


def project_check_in_answered(db: Session, events: Sequence[Received[CheckInAnswered]]) -> None:
    """Keep whether a check-in was clear. A check-in is answered once, so repeating it writes the same."""
    latest = {
        one.event.check_in_id: {
            "check_in_id": one.event.check_in_id,
            "couple_id": one.event.couple_id,
            "person_id": one.event.person_id,
            "day": one.event.day,
            "is_clear": one.event.is_clear,
        }
        for one in events
    }
    statement = insert(CheckIn).values(list(latest.values()))
    answered = {name: statement.excluded[name] for name in ("couple_id", "person_id", "day", "is_clear")}
    db.execute(statement.on_conflict_do_update(index_elements=["practice_id", "check_in_id"], set_=answered))


def on_conflict_marked(db: Session, received: Received[ConflictMarked]) -> None:
    """Evaluate the couple's gates. Redelivery is harmless: a gate that stands as it stood changes nothing."""
    settle_couple(db, received.event.couple_id)


def on_conflict_mark_lifted(db: Session, received: Received[ConflictMarkLifted]) -> None:
    """Evaluate the couple's gates. Redelivery is harmless: a gate that stands as it stood changes nothing."""
    settle_couple(db, received.event.couple_id)


def on_readiness_decided(db: Session, received: Received[ReadinessDecided]) -> None:
    """Evaluate the couple's gates. Redelivery is harmless: a gate that stands as it stood changes nothing."""
    settle_couple(db, received.event.couple_id)


def on_preparation_completed(db: Session, received: Received[PreparationCompleted]) -> None:
    """Evaluate the couple's gates. Redelivery is harmless: a gate that stands as it stood changes nothing."""
    settle_couple(db, received.event.couple_id)


def fire_free_slot(db: Session, timer: DueTimer, now: datetime) -> None:
    """Give up a session whose hold has lasted long enough; a session that is confirmed again is left alone."""
    session = locked_medicine_session(db, timer.ref)
    if session.state == MedicineState.HELD and session.frees_at is not None and session.frees_at <= now:
        give_up(db, session, now=now)


def fire_start_reached(db: Session, timer: DueTimer, now: datetime) -> None:
    """A session that was never confirmed doesn't take place."""
    session = locked_medicine_session(db, timer.ref)
    if session.state in (MedicineState.PLANNED, MedicineState.HELD):
        give_up(db, session, now=now)


def fire_end_reached(db: Session, timer: DueTimer, now: datetime) -> None:
    """A confirmed session that nobody started by its planned end did not take place."""
    session = locked_medicine_session(db, timer.ref)
    if session.state == MedicineState.CONFIRMED:
        give_up(db, session, now=now)


def fire_overdue_end(db: Session, timer: DueTimer, now: datetime) -> None:
    """A session that began is still not ended, long after its planned end."""
    report_overdue(db, timer.ref, now=now)


def fire_settle_couple(db: Session, timer: DueTimer, _: datetime) -> None:
    """Another session of the couple ended or was given up: what counted from it is looked at anew."""
    settle_couple(db, timer.ref)


PROJECTIONS: Mapping[type[Event], Projection] = {
    PracticeCreated: project_practice_created,
    PracticeClockMoved: project_practice_clock_moved,
    StaffJoined: project_staff_joined,
    StaffLeft: project_staff_left,
    EnquiryReceived: project_enquiry_received,
    CoupleRegistered: project_couple_registered,
    CareTeamChanged: project_care_team_changed,
    BreakGlassOpened: project_break_glass_opened,
    BreakGlassEnded: project_break_glass_ended,
    ConflictMarked: project_conflict_marked,
    ConflictMarkLifted: project_conflict_mark_lifted,
    ReadinessDecided: project_readiness_decided,
    PreparationCompleted: project_preparation_completed,
    CheckInAnswered: project_check_in_answered,
}
REACTIONS: Mapping[type[Event], Reaction] = {
    ConflictMarked: on_conflict_marked,
    ConflictMarkLifted: on_conflict_mark_lifted,
    ReadinessDecided: on_readiness_decided,
    PreparationCompleted: on_preparation_completed,
}
TIMERS: Mapping[str, TimerHandler] = {
    FREE_SLOT: fire_free_slot,
    START_REACHED: fire_start_reached,
    END_REACHED: fire_end_reached,
    OVERDUE_END: fire_overdue_end,
    SETTLE_COUPLE: fire_settle_couple,
}
AUDITS: Audits = {
    ConflictMarked: audited("medicine_session"),
    ConflictMarkLifted: audited("medicine_session"),
    ReadinessDecided: audited("medicine_session"),
    PreparationCompleted: audited("medicine_session"),
    FREE_SLOT: audited("medicine_session"),
    START_REACHED: audited("medicine_session"),
    END_REACHED: audited("medicine_session"),
    SETTLE_COUPLE: audited("medicine_session"),
    OVERDUE_END: not_clinical("it changes nothing: the care team is told that nobody has ended the session"),
}
