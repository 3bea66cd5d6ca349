"""Practices, as the operator sees them."""

from typing import Any

from services.gateway import queries
from services.gateway.commands import practices as commands
from services.gateway.composing import name_sender
from services.gateway.context import enter_by_slug
from services.gateway.routes import bp
from services.gateway.schemas import CreatePractice, PracticeView
from shared.ids import NIL
from shared.web.actor import OPERATOR, Actor
from shared.web.context import current_actor, transaction
from shared.web.idempotency import once


@bp.post("/practices")
@bp.arguments(CreatePractice)
@bp.response(201, PracticeView)
def create_practice(body: dict[str, Any]) -> Any:
    """Make a practice."""
    view = once(lambda db: commands.create_practice(db, **body), show=queries.practice_view)
    name_sender(Actor(view["practice_id"], NIL, frozenset({OPERATOR})), view["name"])
    return view


@bp.get("/practices/<string:slug>")
@bp.response(200, PracticeView)
def show_practice(slug: str) -> Any:
    """One practice, by the name in its addresses."""
    enter_by_slug(slug)
    with transaction() as db:
        return queries.practice_view(db, current_actor().practice_id)
