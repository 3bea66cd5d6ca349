"""Intake's HTTP interface, under /api/v1/intake. Routes only translate."""

from flask_smorest import Blueprint

bp = Blueprint("intake", __name__, url_prefix="/api/v1/intake", description="Enquiries, couples, readiness")

# Importing them registers their routes on bp.
from services.intake.routes import (  # noqa: E402, F401
    access,
    confidentiality,
    couples,
    enquiries,
    intentions,
    readiness,
)
