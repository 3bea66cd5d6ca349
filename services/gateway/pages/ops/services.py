"""How far each service is, and what operators did lately."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, make_response, redirect

from services.gateway.context import real_now, upstream
from services.gateway.pages import bp
from services.gateway.pages.frame import page
from services.gateway.pages.ops.asking import ask_all
from services.gateway.pages.parts import Part
from shared.path.acts import latest_acts
from shared.path.operating.verdict import LATE_S
from shared.path.operating.words import age
from shared.web.operators import schemas, views
from shared.web.operators.reach import reach


@dataclass(frozen=True)
class Row:
    """One service in the table. `worries` are keys of words: what is wrong, causes first."""

    service: str
    is_down: bool
    worries: tuple[str, ...]
    web: str
    worker: str
    lag_s: float | None
    lag_records: int | None
    standing: Mapping[str, Any]


@bp.get("/ops")
def show_ops() -> Response:
    return make_response(redirect("/ops/services", 303))


@bp.get("/ops/services")
def show_services() -> Response:
    parts = ask_all("standing", _standing, schemas.ServiceStandingView)
    acts = ask_all("acts", _acts, schemas.ActsView)
    waited_for, behind = upstream().waited_for(), upstream().records_behind()
    watched = upstream().watched_workers
    rows = [_row(name, part, waited_for, behind, watched) for name, part in parts.items()]
    done = [{"service": name, **one} for name, part in acts.items() for one in part.items]
    return page(
        "ops/services.html",
        at=real_now(),
        age=age,
        rows=rows,
        is_well=not any(row.worries for row in rows),
        acts=sorted(done, key=lambda one: str(one["at"]), reverse=True)[:20],
    )


def _row(
    name: str, part: Part, waited_for: list[str], behind: Mapping[str, int | None], watched: list[str]
) -> Row:
    standing = part.data or {}
    known = [one["known_age_s"] for one in standing.get("readings", [])]
    is_unheard = any(one is None for one in known)
    lag_s = None if is_unheard or not known else max(known)
    worker = f"{name}-worker"
    worries = []
    if part.is_down or part.data is None:
        worries.append("ops_worry_down")
    if worker in waited_for:
        worries.append("ops_worry_worker")
    if is_unheard or (lag_s is not None and lag_s > LATE_S):
        worries.append("ops_worry_late")
    if (standing.get("outbox_oldest_age_s") or 0) > LATE_S:
        worries.append("ops_worry_unsent")
    if standing.get("waiting_letters"):
        worries.append("ops_worry_aside")
    if standing.get("late_timers"):
        worries.append("ops_worry_timers")
    return Row(
        service=name,
        is_down=part.is_down,
        worries=tuple(worries),
        web="ops_not_ready" if name in waited_for else "ops_ready",
        worker="ops_not_watched" if name not in watched
        else "ops_not_ready" if worker in waited_for else "ops_ready",
        lag_s=lag_s,
        lag_records=behind.get(name),
        standing=standing,
    )  # fmt: skip


def _standing() -> dict[str, Any]:
    with reach().look() as db:
        return views.standing(db, reach())


def _acts() -> dict[str, Any]:
    with reach().look() as db:
        return {"items": latest_acts(db, 20)}
