"""Sessions' HTTP interface, under /api/v1/sessions. Routes only translate."""

from flask_smorest import Blueprint

bp = Blueprint(
    "sessions", __name__, url_prefix="/api/v1/sessions", description="Calendar, consents, medicine sessions"
)

from services.sessions.routes import (  # noqa: E402, F401  (register their routes on bp)
    bookings,
    consents,
    consultations,
    day,
    me,
    medicine_sessions,
    observations,
    practitioners,
)
