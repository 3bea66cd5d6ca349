"""How a practice's public pages look: its own colour, in shades that can be read."""

from typing import Any

from services.gateway import queries
from services.gateway.commands.practices import choose_colour
from services.gateway.routes import bp
from services.gateway.schemas import ChooseColour, LookView
from shared.web.context import transaction
from shared.web.idempotency import once


@bp.get("/practice/look")
@bp.response(200, LookView)
def show_look() -> Any:
    """The colour of this practice's public pages."""
    with transaction() as db:
        return queries.look(db)


@bp.post("/practice/look")
@bp.arguments(ChooseColour)
@bp.response(200, LookView)
def choose_look(body: dict[str, Any]) -> Any:
    """Take another colour, or none: Attune's own."""
    return choose_once(body["colour"])


def choose_once(colour: str | None) -> Any:
    """For the route and the page: a form sent twice counts once."""

    return once(lambda db: choose_colour(db, colour=colour), show=queries.look)
