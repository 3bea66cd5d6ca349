"""The pages: put together from the services' answers, for people. They work without JavaScript."""

from flask import Blueprint

from shared.web.context import admit_by_role

bp = Blueprint("pages", __name__, template_folder="../templates")
bp.before_request(admit_by_role)  # whose a thing is, the service that is asked decides

from services.gateway.pages import (  # noqa: E402  (registers its pages on bp)  # noqa: E402, I001  (and those of the care team)
    appointments,
    couple,
    couples,
    day,
    emergency,
    files,
    leaving,
    medicine,
    planning,
    readiness,
    safety,
    start,
    style,
    today,
    told,
    view,
)

__all__ = ["bp", "files", "leaving", "start", "style", "today", "view"]
__all__ += [
    "appointments", "couple", "couples", "day", "emergency", "medicine", "planning", "readiness", "safety", "told",
]  # fmt: skip
