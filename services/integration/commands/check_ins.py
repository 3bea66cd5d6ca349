"""Answering and skipping check-ins."""

import dataclasses
import json
from datetime import datetime

from sqlalchemy.orm import Session

from services.integration import domain
from services.integration.domain import Answers, CheckInState, ConcernKind
from services.integration.models import CheckIn, SafetyConcern
from services.integration.problems import CheckInClosed
from shared.events.integration import CheckInAnswered, SafetyConcernRaised
from shared.ids import new_id
from shared.path import outbox


def answer_check_in(db: Session, check_in: CheckIn, *, answers: Answers, now: datetime) -> None:
    """Keep the answers to a locked check-in; what worries is told to the care team at once.

    Raises CheckInClosed.
    """
    _close(check_in, CheckInState.ANSWERED, now)
    check_in.seal(db, "answers", json.dumps(dataclasses.asdict(answers)))
    outbox.record(
        db,
        CheckInAnswered(
            check_in_id=check_in.id,
            couple_id=check_in.couple_id,
            person_id=check_in.person_id,
            day=check_in.day,
            is_clear=domain.is_clear(answers),
        ),
    )
    if kinds := domain.concerns(answers):
        _raise_concern(db, check_in, kinds, now)


def skip_check_in(db: Session, check_in: CheckIn, *, now: datetime) -> None:
    """Leave a locked check-in unanswered. No event: nobody is told. Raises CheckInClosed."""
    _close(check_in, CheckInState.SKIPPED, now)
    db.flush()


def _close(check_in: CheckIn, state: CheckInState, now: datetime) -> None:
    if check_in.state != CheckInState.OPEN:
        raise CheckInClosed
    check_in.state, check_in.closed_at = state, now


def _raise_concern(db: Session, check_in: CheckIn, kinds: tuple[ConcernKind, ...], now: datetime) -> None:
    urgency = domain.urgency_of(kinds)
    concern = SafetyConcern(
        id=new_id(),
        person_id=check_in.person_id,
        couple_id=check_in.couple_id,
        check_in_id=check_in.id,
        urgency=urgency,
        raised_at=now,
    )
    concern.seal(db, "kinds", json.dumps(kinds))
    db.add(concern)
    outbox.record(
        db,
        SafetyConcernRaised(
            concern_id=concern.id, couple_id=concern.couple_id, person_id=concern.person_id, urgency=urgency
        ),
    )
