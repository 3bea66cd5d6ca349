"""Gateway's HTTP interface, under /api/v1/gateway. Routes only translate."""

from flask_smorest import Blueprint

bp = Blueprint("gateway", __name__, url_prefix="/api/v1/gateway")
