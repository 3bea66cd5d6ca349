"""Check-ins as their own partner sees them."""

import json
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from services.integration.domain import CheckInState
from services.integration.models import CheckIn
from shared.errors import NotFound


def open_check_ins(db: Session, person_id: UUID) -> list[CheckIn]:
    """What a partner can answer or skip, the oldest first."""
    return list(
        db.scalars(
            select(CheckIn)
            .where(CheckIn.person_id == person_id, CheckIn.state == CheckInState.OPEN)
            .order_by(CheckIn.opened_at, CheckIn.day)
        )
    )


def own_check_in(db: Session, person_id: UUID, check_in_id: UUID, *, lock: bool = False) -> CheckIn:
    """A partner's own check-in. Raises NotFound for anybody else's."""
    statement = select(CheckIn).where(CheckIn.id == check_in_id, CheckIn.person_id == person_id)
    check_in = db.scalar(statement.with_for_update() if lock else statement)
    if check_in is None:
        raise NotFound
    return check_in


def own_check_ins(person_id: UUID) -> Select[CheckIn]:
    """Every check-in that was opened for a partner: open, answered or skipped."""
    return select(CheckIn).where(CheckIn.person_id == person_id)


def own_check_in_view(db: Session, check_in: CheckIn) -> dict[str, Any]:
    """A check-in as whom it asked sees it, with what they answered: none where they did not, or it was erased."""
    written = check_in.shown(db, "answers")
    return {
        "id": check_in.id,
        "day": check_in.day,
        "state": check_in.state,
        "opened_at": check_in.opened_at,
        "closed_at": check_in.closed_at,
        "answers": json.loads(written) if written else None,
    }


def owns_check_in(db: Session, person_id: UUID, check_in_id: UUID) -> bool:
    """Whether this check-in is this person's."""
    mine = exists().where(CheckIn.id == check_in_id, CheckIn.person_id == person_id)
    return bool(db.scalar(select(mine)))
