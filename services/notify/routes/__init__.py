"""Notify's HTTP interface, under /api/v1/notify. Routes only translate."""

from flask_smorest import Blueprint

bp = Blueprint(
    "notify", __name__, url_prefix="/api/v1/notify", description="Contacts, notices, inbox, alerts"
)

from services.notify.routes import (  # noqa: E402, F401  (register their routes on bp)
    alerts,
    contacts,
    deliveries,
    inbox,
    preferences,
    sender,
)
