"""Timers of every service: which are late, which keep failing, what comes within the hour."""

from typing import Any

from flask import Response

from services.gateway.context import real_now
from services.gateway.pages import bp
from services.gateway.pages.frame import page
from services.gateway.pages.ops.asking import ask_all
from shared.path.operating.due import read_due
from shared.path.operating.words import age
from shared.web.operators import schemas
from shared.web.operators.reach import reach


@bp.get("/ops/timers")
def show_timers() -> Response:
    parts = ask_all("timers", _due, schemas.DuesView)
    rows = [{**one, "service": name} for name, part in parts.items() for one in part.items]
    return page(
        "ops/timers.html",
        rows=rows,
        late=sum(one["late"] for one in rows),
        down=[name for name, part in parts.items() if part.is_down],
        at=real_now(),
        age=age,
    )


def _due() -> dict[str, Any]:
    with reach().look() as db:
        return {"items": read_due(db, db.info["clock"]())}
