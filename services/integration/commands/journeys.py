"""Journeys and the check-ins that open along them."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.integration.domain import CHECK_IN_DAYS, CheckInState, check_in_due_at
from services.integration.models import CheckIn, Journey
from shared.audit.by_workers import changed
from shared.db.practice import current_practice
from shared.events.integration import CheckInOpened, JourneyOpened
from shared.ids import shown_id
from shared.path import outbox, timers

log = structlog.get_logger()
CHECK_IN_TIMER = "open_check_in"


def open_journeys(
    db: Session, *, session_id: UUID, couple_id: UUID, partner_ids: Iterable[UUID], at: datetime
) -> None:
    """Open a journey for each partner of a medicine session that ended `at`, with its check-ins to come.

    A partner who has a journey of this session keeps it as it is.
    """
    zone = current_practice(db).zone
    for person_id in dict.fromkeys(partner_ids):
        journey_id = db.scalar(
            insert(Journey)
            .values(
                id=shown_id(), session_id=session_id, couple_id=couple_id, person_id=person_id, opened_at=at
            )
            .on_conflict_do_nothing(constraint="journey_once")
            .returning(Journey.id)
        )
        if journey_id is None:
            continue
        changed(db, "journey", record_id=journey_id, about_id=person_id)
        for day in CHECK_IN_DAYS:
            due_at = check_in_due_at(at, day=day, zone=zone)
            timers.schedule(db, CHECK_IN_TIMER, journey_id, due_at, occurrence=str(day))
        outbox.record(
            db, JourneyOpened(journey_id=journey_id, couple_id=couple_id, person_id=person_id, at=at)
        )
        log.info("journey opened", session_id=str(session_id), journey_id=str(journey_id))


def open_check_in(db: Session, *, journey_id: UUID, day: int, opened_at: datetime) -> None:
    """Open the check-in of a day of a journey, once; nothing happens when the journey is gone."""
    journey = db.get(Journey, journey_id, with_for_update=True)
    if journey is None:
        return
    check_in_id = db.scalar(
        insert(CheckIn)
        .values(
            id=shown_id(),
            journey_id=journey.id,
            couple_id=journey.couple_id,
            person_id=journey.person_id,
            day=day,
            state=CheckInState.OPEN,
            opened_at=opened_at,
        )
        .on_conflict_do_nothing(constraint="check_in_once")
        .returning(CheckIn.id)
    )
    if check_in_id is not None:
        changed(db, "check_in", record_id=check_in_id, about_id=journey.person_id)
        outbox.record(
            db,
            CheckInOpened(
                check_in_id=check_in_id, couple_id=journey.couple_id, person_id=journey.person_id, day=day
            ),
        )
