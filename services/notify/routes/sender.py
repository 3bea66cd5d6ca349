"""The practice's discreet name."""

from typing import Any

from services.notify.commands import preferences
from services.notify.queries import views
from services.notify.routes import bp
from services.notify.schemas import NameSender, SenderView
from shared.errors import NotFound
from shared.web.concurrency import check_if_match
from shared.web.context import respond, transaction


@bp.get("/sender")
@bp.response(200, SenderView)
def show_sender() -> Any:
    """The name under which the practice writes."""
    with transaction() as db:
        held = views.sender(db)
        if held is None:
            raise NotFound
        return respond(held)


@bp.put("/sender")
@bp.arguments(NameSender)
@bp.response(200, SenderView)
def name_sender(body: dict[str, Any]) -> Any:
    """Set the name under which the practice writes."""
    with transaction() as db:
        held = views.sender(db)
        # The same name again changes nothing, so whoever sets up a practice may try again.
        if held is not None and held.display_name != body["display_name"]:
            check_if_match(held.version)
        return respond(preferences.name_sender(db, body["display_name"]))
