"""The pages: put together from the services' answers, for people. They work without JavaScript."""

from flask import Blueprint, request
from flask_wtf.csrf import validate_csrf
from wtforms import ValidationError

from services.gateway.identity import check_same_site
from services.gateway.problems import CrossSite
from shared.web.context import admit_by_role

LEAVE = "pages.exit_quickly"
"""It asks for no token: one leaves from any page at once, from an old one too, and it does no more than sign out."""

bp = Blueprint("pages", __name__, template_folder="../templates")


@bp.before_request
def admit() -> None:
    """Whose a thing is, the service decides that is asked. A form carries the token of the page that it was on."""
    admit_by_role()
    if request.method == "POST":
        check_same_site()
        if request.endpoint == LEAVE:
            return
        try:
            validate_csrf(request.form.get("csrf_token"))
        except ValidationError:
            raise CrossSite from None


from services.gateway.pages import (  # noqa: E402  (registers its pages on bp)
    appointments,
    booking,
    check_ins,
    consent,
    couple,
    couples,
    day,
    delivery,
    desk,
    emergency,
    enquiry,
    files,
    intention,
    intention_sharing,
    journal,
    journal_sharing,
    journal_writing,
    keys,
    leaving,
    look,
    medicine,
    more,
    notices,
    notifications,
    observations,
    ops,
    own_copy,
    planning,
    practice,
    prepare,
    privacy,
    readiness,
    registering,
    safety,
    session_day,
    sessions,
    start,
    style,
    team,
    today,
    told,
    view,
    ways_in,
)

__all__ = [
    "appointments",
    "booking",
    "bp",
    "check_ins",
    "consent",
    "couple",
    "couples",
    "day",
    "delivery",
    "desk",
    "emergency",
    "enquiry",
    "files",
    "intention",
    "intention_sharing",
    "journal",
    "journal_sharing",
    "journal_writing",
    "keys",
    "leaving",
    "look",
    "medicine",
    "more",
    "notices",
    "notifications",
    "observations",
    "ops",
    "own_copy",
    "planning",
    "practice",
    "prepare",
    "privacy",
    "readiness",
    "registering",
    "safety",
    "session_day",
    "sessions",
    "start",
    "style",
    "team",
    "today",
    "told",
    "view",
    "ways_in",
]
