"""Who is signed in."""

from typing import Any
from uuid import UUID

from flask import after_this_request, g
from sqlalchemy.orm import Session

from services.gateway import queries
from services.gateway.commands import accounts as commands
from services.gateway.context import real_now
from services.gateway.identity import forget_sign_in
from services.gateway.names import learn_missing_names
from services.gateway.routes import bp
from services.gateway.schemas import MeView
from shared.web.context import current_actor, transaction
from shared.web.idempotency import once
from shared.web.schemas import Nothing


@bp.get("/me")
@bp.response(200, MeView)
def show_me() -> Any:
    """Who is signed in, and as what."""
    actor = current_actor()
    with transaction() as db:
        view = _me(db, actor.person_id)
    if view["display_name"] is None:
        learn_missing_names(actor.practice_id, [actor.person_id])
        with transaction() as db:
            view = _me(db, actor.person_id)
    return view


@bp.post("/sign-out")
@bp.arguments(Nothing)
@bp.response(200, MeView)
def sign_out(_: dict[str, Any]) -> Any:
    """End this sign-in."""
    view = once(lambda db: commands.sign_out(db, sign_in_id=g.sign_in_id, at=real_now()), show=_me)
    after_this_request(forget_sign_in)
    return view


def _me(db: Session, person_id: UUID) -> dict[str, Any]:
    account = queries.account(db, person_id)
    return {
        "person_id": account.person_id,
        "practice_id": account.practice_id,
        "roles": account.roles,
        "display_name": account.display_name,
    }
