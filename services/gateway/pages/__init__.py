"""The pages: put together from the services' answers, for people. They work without JavaScript."""

from flask import Blueprint, request
from flask_wtf.csrf import validate_csrf
from wtforms import ValidationError

from services.gateway.problems import CrossSite
from shared.web.context import admit_by_role

bp = Blueprint("pages", __name__, template_folder="../templates")


@bp.before_request
def admit() -> None:
    """Whose a thing is, the service decides that is asked. A form carries the token of the page that it was on."""
    admit_by_role()
    if request.method == "POST":
        try:
            validate_csrf(request.form.get("csrf_token"))
        except ValidationError:
            raise CrossSite from None


from services.gateway.pages import (  # noqa: E402  (registers its pages on bp)
    booking,
    delivery,
    desk,
    enquiry,
    files,
    keys,
    leaving,
    ops,
    practice,
    registering,
    start,
    style,
    team,
    today,
    view,
)

__all__ = [
    "booking",
    "bp",
    "delivery",
    "desk",
    "enquiry",
    "files",
    "keys",
    "leaving",
    "ops",
    "practice",
    "registering",
    "start",
    "style",
    "team",
    "today",
    "view",
]
