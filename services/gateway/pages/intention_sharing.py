"""Sharing one answer of one's intention with the other partner, after seeing what they will see; taking it back."""

from flask import Response, make_response, redirect, request

from services.gateway.language import language, page_texts
from services.gateway.pages import bp
from services.gateway.pages.forms import Sent, send
from services.gateway.pages.frame import page
from services.gateway.pages.own_couple import OWN_COUPLE, names
from services.gateway.pages.parts import Ask, gather
from services.gateway.pages.questions import Question, question_of
from services.gateway.pages.view import page_of_ours
from services.gateway.pages.written import etag_seen, version_of

SHARED_INTENTION = Ask("intake", "me/intention/shared")
_CHOICES = ("practitioner", "both")  # who treats them reads it in any case: that is said where it is written


@bp.get("/prepare/intention/<int:number>/share")
def show_intention_sharing(number: int) -> Response:
    return _show(question_of(number))


@bp.post("/prepare/intention/<int:number>/share")
def share_intention(number: int) -> Response:
    """Do what was chosen; only with the words that were previewed."""
    question, chosen = question_of(number), request.form.get("audience")
    if chosen not in _CHOICES:
        return _show(question, Sent(errors={"audience": page_texts(language())["share_choose"]}))
    act, etag = ("share", etag_seen()) if chosen == "both" else ("unshare", None)
    sent = send("intake", "POST", f"me/intention/parts/{question.part}/{act}", {}, etag=etag, step=act)
    return make_response(redirect("/prepare/intention", 303)) if sent.is_done else _show(question, sent)


@bp.post("/prepare/intention/<int:number>/unshare")
def unshare_intention(number: int) -> Response:
    question = question_of(number)
    sent = send("intake", "POST", f"me/intention/parts/{question.part}/unshare", {}, step="unshare")
    if not sent.is_done:
        return _show(question, sent)
    return make_response(redirect(page_of_ours(request.form.get("next", "/prepare/intention")), 303))


def _show(question: Question, sent: Sent | None = None) -> Response:
    parts = gather(
        couple=OWN_COUPLE,
        preview=Ask("intake", f"me/intention/preview/{question.part}", is_main=True),
        shared=SHARED_INTENTION,
    )
    preview, shared = parts["preview"], parts["shared"]
    now_shared = [] if shared.data is None else shared.data["parts"]
    seen = next((one["text"] for one in now_shared if one["part"] == question.part), None)
    if not preview.data["text"] and seen is None:
        return make_response(redirect(question.path, 303))
    return page(
        "partner/share_intention.html",
        422 if sent else 200,
        question=question,
        preview=preview.data,
        version=version_of(preview.etag),
        seen=seen,
        errors=sent.errors if sent else {},
        problem=sent.problem if sent else "",
        typed=request.form if sent else None,
        **names(parts["couple"]),
    )
