"""Check-ins."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.integration.commands import check_ins as commands
from services.integration.domain import QUESTIONS, Answers
from services.integration.models import CheckIn
from services.integration.queries import check_ins
from services.integration.routes import bp
from services.integration.schemas import (
    AnswerCheckIn,
    CheckInView,
    OpenCheckInsView,
    OwnCheckInsView,
    PageQuery,
)
from shared.web.context import current_actor, now, transaction
from shared.web.idempotency import once
from shared.web.paging import page
from shared.web.schemas import Nothing


@bp.get("/me/check-ins")
@bp.response(200, OpenCheckInsView)
def list_open_check_ins() -> Any:
    """The partner's own check-ins that can be answered now, and their questions."""
    with transaction() as db:
        return {"items": check_ins.open_check_ins(db, current_actor().person_id), "questions": QUESTIONS}


@bp.get("/me/check-ins/all")
@bp.arguments(PageQuery, location="query")
@bp.response(200, OwnCheckInsView)
def list_own_check_ins(query: dict[str, Any]) -> Any:
    """All of the partner's own check-ins with what they answered, newest first."""
    with transaction() as db:
        mine = check_ins.own_check_ins(current_actor().person_id)
        by = (CheckIn.opened_at, CheckIn.day, CheckIn.id)  # of two journeys, two may open at one moment
        found = page(db, mine, by=by, newest_first=True, **query)
        return {**found, "items": [check_ins.own_check_in_view(db, one) for one in found["items"]]}


@bp.post("/me/check-ins/<uuid:check_in_id>/answer")
@bp.arguments(AnswerCheckIn)
@bp.response(201, CheckInView)
def answer_check_in(body: dict[str, Any], check_in_id: UUID) -> Any:
    """Answer one's own check-in, once."""

    def command(db: Session) -> UUID:
        check_in = _own(db, check_in_id, lock=True)
        commands.answer_check_in(db, check_in, answers=Answers(**body), now=now(db))
        return check_in.id

    return once(command, show=_own)


@bp.post("/me/check-ins/<uuid:check_in_id>/skip")
@bp.arguments(Nothing)
@bp.response(201, CheckInView)
def skip_check_in(_: dict[str, Any], check_in_id: UUID) -> Any:
    """Leave one's own check-in unanswered."""

    def command(db: Session) -> UUID:
        check_in = _own(db, check_in_id, lock=True)
        commands.skip_check_in(db, check_in, now=now(db))
        return check_in.id

    return once(command, show=_own)


def _own(db: Session, check_in_id: UUID, *, lock: bool = False) -> CheckIn:
    return check_ins.own_check_in(db, current_actor().person_id, check_in_id, lock=lock)
