"""Everything that has no place of its own in the bar; how pages look; and what the quick exit can't do."""

from flask import Response

from services.gateway.pages import bp
from services.gateway.pages.frame import page
from shared.web.context import current_actor


@bp.get("/more")
def show_more() -> Response:
    """A partner's list, or the shorter one of staff."""
    return page("partner/more.html" if current_actor().is_partner else "more.html")
