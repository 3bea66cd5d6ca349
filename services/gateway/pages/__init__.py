"""The pages: put together from the services' answers, for people. They work without JavaScript."""

from flask import Blueprint

from shared.web.context import admit_by_role

bp = Blueprint("pages", __name__, template_folder="../templates")
bp.before_request(admit_by_role)  # whose a thing is, the service that is asked decides

from services.gateway.pages import (  # noqa: E402  (registers its pages on bp)
    files,
    intention,
    intention_sharing,
    journal,
    journal_sharing,
    journal_writing,
    leaving,
    prepare,
    privacy,
    start,
    style,
    today,
    view,
)

__all__ = [
    "bp",
    "files",
    "intention",
    "intention_sharing",
    "journal",
    "journal_sharing",
    "journal_writing",
    "leaving",
    "prepare",
    "privacy",
    "start",
    "style",
    "today",
    "view",
]
