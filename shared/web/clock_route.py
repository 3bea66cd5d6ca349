"""GET /api/v1/<service>/clock: the practice's clock as this service knows it, so a moved demo clock can be awaited."""

from typing import Any

from flask_smorest import Blueprint
from marshmallow import fields

from shared.db.practice import current_practice, practice_now
from shared.web.context import transaction
from shared.web.policy import EVERYBODY, Policy
from shared.web.schemas import Moment, View


class ClockView(View):
    now = Moment()
    offset_s = fields.Integer()


def clock_blueprint(service: str) -> tuple[Blueprint, Policy]:
    """The route and its rule: everybody, since it tells only the time."""
    bp = Blueprint(f"{service}-clock", __name__, url_prefix=f"/api/v1/{service}")

    @bp.get("/clock")
    @bp.response(200, ClockView)
    def show_clock() -> Any:
        """The practice's time, as this service knows it."""
        with transaction() as db:
            return {"now": practice_now(db), "offset_s": current_practice(db).clock_offset_s}

    return bp, {f"{service}-clock.show_clock": EVERYBODY}
