"""Integration's HTTP interface, under /api/v1/integration. Routes only translate."""

from flask_smorest import Blueprint

bp = Blueprint(
    "integration",
    __name__,
    url_prefix="/api/v1/integration",
    description="Journeys, journals, check-ins, safety concerns",
)

from services.integration.routes import check_ins, concerns, journal, journeys  # noqa: E402, F401  (register on bp)
