"""The questions of one's own intention, one a page, and all answers on one page."""

from flask import Response, make_response, redirect, request

from services.gateway.pages import bp
from services.gateway.pages.forms import Sent, send
from services.gateway.pages.frame import page
from services.gateway.pages.own_couple import OWN_COUPLE, names
from services.gateway.pages.parts import Ask, Part, gather
from services.gateway.pages.prepare import OWN_INTENTION
from services.gateway.pages.questions import QUESTIONS, Question, question_of
from services.gateway.pages.written import etag_seen, words


@bp.get("/prepare/intention")
def show_answers() -> Response:
    """All questions with the answers there are."""
    parts = gather(couple=OWN_COUPLE, intention=Ask("intake", "me/intention", is_main=True))
    written = {one["part"]: one for one in parts["intention"].data["parts"]}
    return page(
        "partner/answers.html",
        questions=[(question, written.get(question.part)) for question in QUESTIONS],
        **names(parts["couple"]),
    )


@bp.get("/prepare/intention/<int:number>")
def show_question(number: int) -> Response:
    return _show(question_of(number), gather(couple=OWN_COUPLE, intention=OWN_INTENTION))


@bp.post("/prepare/intention/<int:number>")
def answer_question(number: int) -> Response:
    """Keep the words, then go on, or stop here. Nothing written where nothing was is nothing to keep."""
    question, text = question_of(number), words("text")
    if text or etag_seen() != '"0"':
        path = f"me/intention/parts/{question.part}"
        sent = send("intake", "PUT", path, {"text": text}, etag=etag_seen())
        if not sent.is_done:
            parts = gather(couple=OWN_COUPLE, intention=OWN_INTENTION)
            if _kept(question, parts["intention"]).get("text") != text:
                return _show(question, parts, sent)
    is_stop = "stop" in request.form or request.form.get("back") == "answers"
    return make_response(redirect(_after_stop() if is_stop else question.next_path, 303))


def _after_stop() -> str:
    return "/prepare" if "stop" in request.form else "/prepare/intention"


def _show(question: Question, parts: dict[str, Part], sent: Sent | None = None) -> Response:
    """The page of a question. What was typed stays; what is kept meanwhile, from another window, is shown beside."""
    kept = _kept(question, parts["intention"])
    typed = None if sent is None else request.form
    changed = typed is not None and kept.get("text") and str(kept["version"]) != typed.get("version")
    return page(
        "partner/question.html",
        422 if sent else 200,
        question=question,
        of=len(QUESTIONS),
        kept=kept,
        is_down=parts["intention"].is_down,
        kept_meanwhile=kept.get("text") if changed else None,
        back="answers" if (request.values.get("back") == "answers") else "",
        typed=typed,
        errors=sent.errors if sent else {},
        problem=sent.problem if sent else "",
        **names(parts["couple"]),
    )


def _kept(question: Question, intention: Part) -> dict[str, object]:
    """The part as it is kept; empty when it is not, or can't be asked."""
    parts = [] if intention.data is None else intention.data["parts"]
    return next((one for one in parts if one["part"] == question.part), {})
