"""Where I am signed in, and ending it elsewhere."""

from typing import Any
from uuid import UUID

from flask import g
from sqlalchemy.orm import Session

from services.gateway import queries
from services.gateway.commands import sign_ins as commands
from services.gateway.context import real_now
from services.gateway.routes import bp
from services.gateway.sign_in_schemas import OwnSignInsView
from shared.web.context import current_actor, transaction
from shared.web.idempotency import once
from shared.web.schemas import Nothing


@bp.get("/me/sign-ins")
@bp.response(200, OwnSignInsView)
def list_own_sign_ins() -> Any:
    """Where I am signed in."""
    with transaction() as db:
        return _mine(db)


@bp.post("/me/sign-ins/<uuid:sign_in_id>/end")
@bp.arguments(Nothing)
@bp.response(200, OwnSignInsView)
def end_own_sign_in(_: dict[str, Any], sign_in_id: UUID) -> Any:
    """Sign out elsewhere."""
    person_id, at = current_actor().person_id, real_now()
    return once(
        lambda db: commands.end_sign_in(db, sign_in_id=sign_in_id, person_id=person_id, at=at), show=_mine
    )


@bp.post("/me/sign-ins/end-others")
@bp.arguments(Nothing)
@bp.response(200, OwnSignInsView)
def end_other_sign_ins(_: dict[str, Any]) -> Any:
    """Sign out everywhere but here."""

    def command(db: Session) -> UUID:
        person_id = current_actor().person_id
        commands.end_sign_ins(db, person_id=person_id, at=real_now(), but=g.sign_in_id)
        return person_id

    return once(command, show=_mine)


def _mine(db: Session, _: UUID | None = None) -> dict[str, Any]:
    items = queries.sign_ins_view(db, current_actor().person_id, this=g.sign_in_id, at=real_now())
    return {"items": items}
