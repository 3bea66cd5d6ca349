"""Integration's HTTP interface, under /api/v1/integration. Routes only translate."""

from flask_smorest import Blueprint

bp = Blueprint("integration", __name__, url_prefix="/api/v1/integration")
