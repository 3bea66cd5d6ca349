"""Sessions's HTTP interface, under /api/v1/sessions. Routes only translate."""

from flask_smorest import Blueprint

bp = Blueprint("sessions", __name__, url_prefix="/api/v1/sessions")
