"""The pages: put together from the services' answers, for people. They work without JavaScript."""

from flask import Blueprint

from shared.web.context import admit_by_role

bp = Blueprint("pages", __name__, template_folder="../templates")
bp.before_request(admit_by_role)  # whose a thing is, the service that is asked decides

from services.gateway.pages import files, leaving, start, style, today, view, ways_in  # noqa: E402  (registers its pages on bp)

__all__ = ["bp", "files", "leaving", "start", "style", "today", "view", "ways_in"]
