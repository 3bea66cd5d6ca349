"""A partner's sessions: each in its public state, the same for both, and the same for every reason."""

from typing import Any
from uuid import UUID

from flask import Response

from services.gateway.context import upstream
from services.gateway.pages import bp
from services.gateway.pages.frame import page
from services.gateway.pages.moments import local
from services.gateway.pages.parts import Ask, Part, gather
from shared.errors import NotFound, Unavailable
from shared.web.context import current_actor, now, transaction

MINE = Ask("sessions", "me/sessions", is_main=True)
MEDICINE, CONFIRMED, IN_PROGRESS, COMPLETED = "medicine", "confirmed", "in_progress", "completed"
_OVER = (COMPLETED,)
_PASSED_ON = ("Content-Type", "Content-Disposition")


@bp.get("/sessions")
def show_sessions() -> Response:
    """What is ahead, then what was: in the order in which the service shows them."""
    mine: Part = gather(sessions=Ask("sessions", "me/sessions"))["sessions"]
    return page(
        "partner/sessions.html",
        sessions=mine,
        ahead=[one for one in mine.items if one["state"] not in _OVER],
        past=[one for one in reversed(mine.items) if one["state"] in _OVER],
    )


@bp.get("/sessions/<uuid:session_id>")
def show_session(session_id: UUID) -> Response:
    one = session_of(gather(sessions=MINE)["sessions"], session_id)
    return page(
        "partner/session.html",
        one=one,
        is_its_day=is_day_of(one),
        has_consent=one["kind"] == MEDICINE,
        has_file=one["state"] == CONFIRMED,
    )


@bp.get("/sessions/<uuid:session_id>/calendar.ics")
def download_calendar_file(session_id: UUID) -> Response:
    """The calendar file as the service wrote it: neutral words, for a calendar that others may see."""
    answer = upstream().call(
        "sessions", "GET", f"me/sessions/{session_id}/calendar.ics", actor=current_actor(), is_repeatable=True
    )
    if answer.status == 404:
        raise NotFound
    if answer.status != 200:
        raise Unavailable
    passed_on = {name: answer.headers[name] for name in _PASSED_ON if name in answer.headers}
    return Response(answer.body, headers=passed_on)


def session_of(mine: Part, session_id: UUID) -> dict[str, Any]:
    """One of the partner's own sessions. Raises NotFound."""
    for one in mine.items:
        if one["session_id"] == str(session_id):
            return dict(one)
    raise NotFound


def is_day_of(one: dict[str, Any]) -> bool:
    """Whether a session that is to take place, or has begun, takes place today where it takes place."""
    if one["state"] not in (CONFIRMED, IN_PROGRESS):
        return False
    with transaction() as db:
        at = now(db)
    return local(at, one["zone"]).date() == local(one["starts_at"], one["zone"]).date()
