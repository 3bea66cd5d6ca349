"""A partner's own consent to a medicine session: read, sign, say yes again on the day, withdraw in one tap."""

from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, request

from services.gateway.language import language, page_texts
from services.gateway.pages import bp
from services.gateway.pages.forms import Sent, send
from services.gateway.pages.frame import page
from services.gateway.pages.parts import Ask, gather
from services.gateway.pages.sessions import COMPLETED, IN_PROGRESS, MINE, is_day_of, session_of
from shared.ids import shown_id

WITHDRAWN = "withdrawn"
_ACTS = {"again": "reaffirm", "withdraw": "withdraw"}


@bp.get("/sessions/<uuid:session_id>/consent")
def show_consent(session_id: UUID) -> Response:
    """Nothing on it depends on the other partner's choice."""
    return _consent_page(session_id)


@bp.post("/sessions/<uuid:session_id>/consent")
def change_consent(session_id: UUID) -> Response:
    """Sign, say yes again or withdraw, as the button says. Withdrawing asks nothing back."""
    act = request.form.get("act", "")
    if act == "sign":
        if not request.form.get("read"):
            wanted = page_texts(language())["consent_read_wanted"]
            return _consent_page(session_id, 422, errors={"read": wanted}, typed=request.form)
        body = {"text_version": request.form.get("text_version", "")}
        sent = send("sessions", "POST", f"me/medicine-sessions/{session_id}/consent", body, step=act)
    else:
        sent = act_on_consent(session_id, act)
    return after_act(session_id, act, sent, f"/sessions/{session_id}/consent", _consent_page)


def act_on_consent(session_id: UUID, act: str) -> Sent:
    """What needs no more than a button. One that no button of ours says does nothing."""
    if act not in _ACTS:
        return Sent(problem=page_texts(language())["problem_title"])
    # A withdrawal always acts: from an old page too, after signing again, it is never taken for one sent before.
    step = str(shown_id()) if act == "withdraw" else act
    return send("sessions", "POST", f"me/medicine-sessions/{session_id}/{_ACTS[act]}", {}, step=step)


def after_act(session_id: UUID, act: str, sent: Sent, back_to: str, again: Any) -> Response:
    """On to the page that says what is so now. A withdrawal that didn't arrive says so, and what helps at once."""
    if sent.is_done:
        return make_response(redirect(back_to, 303))
    if act == "withdraw":
        return page("partner/withdrawal_not_sent.html", 503, back_to=back_to, typed=request.form)
    shown: Response = again(
        session_id,
        422,
        errors=dict(sent.errors),
        problem=sent.problem or next(iter(sent.errors.values())),
        typed=request.form,
    )
    return shown


def consent_of(session_id: UUID, **more: Ask) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The session as partners see it, the reader's own consent, and further parts. Raises NotFound, Unavailable."""
    mine = Ask("sessions", f"me/medicine-sessions/{session_id}/consent", is_main=True)
    found = gather(sessions=MINE, consent=mine, **more)
    return session_of(found["sessions"], session_id), dict(found["consent"].data), found


def _consent_page(session_id: UUID, status: int = 200, **values: Any) -> Response:
    one, consent, found = consent_of(session_id, couple=Ask("intake", "me/couple"))
    other = (found["couple"].data or {}).get("partner") or {}
    return page(
        "partner/consent.html",
        status,
        one=one,
        consent=consent,
        partner=other.get("display_name") or page_texts(language())["your_partner"],
        text=consent["text_es"] if language() == "es" else consent["text"],
        is_its_day=is_day_of(one) and one["state"] != IN_PROGRESS,
        has_begun=one["state"] in (IN_PROGRESS, COMPLETED),
        is_over=one["state"] == COMPLETED,
        **values,
    )
