"""A partner's Today: one next step, what is coming, and where to find help."""

from flask import Response

from services.gateway.pages import bp
from services.gateway.pages.frame import page
from services.gateway.pages.parts import Ask, gather
from shared.web.context import now, transaction


@bp.get("/today")
def show_today() -> Response:
    parts = gather(sessions=Ask("sessions", "me/sessions"))
    with transaction() as db:
        at = now(db)
    return page("partner/today.html", now=at, **parts)
