"""A partner's Today: one next step, what is coming, and where to find help."""

import re
from datetime import datetime

from flask import Response, make_response, redirect, request

from services.gateway import cookies
from services.gateway.context import token_maker
from services.gateway.pages import bp
from services.gateway.pages.care import place
from services.gateway.pages.frame import page
from services.gateway.pages.moments import local
from services.gateway.pages.next_step import Kind, Step, next_step, waiting_for_consent
from services.gateway.pages.parts import Ask, Part, gather
from shared.web.context import current_actor

_COOKIE = "__Host-attune-later"
_MARK = re.compile(r"[0-9a-f]{64}")
_MOST_MARKS = 4
_DAY_S = 86400
_OVER = frozenset({"completed"})
_WORDS = {
    Kind.CHECK_IN: ("step_check_in", "step_check_in_words", "step_check_in_go"),
    Kind.CONSENT: ("step_consent", "step_consent_words", "step_consent_go"),
    Kind.INTENTION: ("step_intention", "step_intention_words", "carry_on"),
    Kind.NOTICE: ("step_notice", "step_notice_words", "step_notice_go"),
}


@bp.get("/today")
def show_today() -> Response:
    parts = gather(
        sessions=Ask("sessions", "me/sessions"),
        check_ins=Ask("integration", "me/check-ins"),
        intention=Ask("intake", "me/intention"),
        inbox=Ask("notify", "me/inbox"),
    )
    sessions: Part = parts["sessions"]
    step = next_step(
        check_ins=_known(parts["check_ins"]),
        sessions=_known(sessions),
        consents=_own_consents(sessions),
        intention=parts["intention"].data,
        inbox=_known(parts["inbox"]),
    )
    here = place()
    mark = _mark(step, local(here.now, here.zone))
    return page(
        "partner/today.html",
        now=here.now,
        step=step,
        step_words=_WORDS.get(step.kind),
        mark=mark,
        is_later=mark in _marks(),
        sessions=sessions,
        coming=[one for one in sessions.items if one["state"] not in _OVER],
    )


@bp.post("/today/not-now")
def put_off() -> Response:
    """Show this step no more today. Only this browser knows, by a mark that says nothing."""
    response = make_response(redirect("/today", 303))
    if _MARK.fullmatch(mark := request.form.get("mark", "")):
        marks = [mark, *(one for one in _marks() if one != mark)][:_MOST_MARKS]
        cookies.keep(response, _COOKIE, ".".join(marks), lasts_s=_DAY_S)
    return response


def _own_consents(sessions: Part) -> list[dict[str, str]] | None:
    """The reader's own consent to each session that may wait for one; None when one can't be had."""
    if sessions.is_down:
        return None
    waiting = waiting_for_consent(sessions.items)
    asked = {
        f"consent_{place}": Ask("sessions", f"me/medicine-sessions/{session_id}/consent")
        for place, session_id in enumerate(waiting)
    }
    found = gather(**asked).values() if asked else ()
    return None if any(one.is_down for one in found) else [one.data for one in found if one.data]


def _known(part: Part) -> list[dict[str, str]] | None:
    return None if part.is_down else part.items


def _mark(step: Step, today: datetime) -> str:
    """Stands for this step of this person on this day, and can be read by nobody."""
    actor = current_actor()
    whose = (str(actor.practice_id), str(actor.person_id))
    return token_maker().sub_key("not now", *whose, step.kind, step.ref, today.date().isoformat())


def _marks() -> list[str]:
    return [one for one in request.cookies.get(_COOKIE, "").split(".") if _MARK.fullmatch(one)]
