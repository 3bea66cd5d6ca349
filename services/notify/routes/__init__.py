"""Notify's HTTP interface, under /api/v1/notify. Routes only translate."""

from flask_smorest import Blueprint

bp = Blueprint("notify", __name__, url_prefix="/api/v1/notify")
