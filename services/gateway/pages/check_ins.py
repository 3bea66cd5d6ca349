"""A partner's own check-ins: answer, skip, or rather not say; and after it the same words whatever was said."""

from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, request

from services.gateway.language import language, page_texts
from services.gateway.pages import bp
from services.gateway.pages.forms import send
from services.gateway.pages.frame import page
from services.gateway.pages.parts import Ask, Part, gather
from shared.errors import NotFound

_NUMBERS = ("mood", "sleep_h")
_FIELDS = (*_NUMBERS, "is_safe_at_home", "wants_contact", "words")
_YES_OR_NO = {"yes": True, "no": False}


@bp.get("/check-ins")
def show_check_ins() -> Response:
    return page("partner/check_ins.html", **gather(open=Ask("integration", "me/check-ins")))


@bp.get("/check-ins/after")
def show_after_check_in() -> Response:
    """Knows nothing of the answers, so it can tell nothing of them."""
    return page("partner/check_in_after.html")


@bp.get("/check-ins/<uuid:check_in_id>")
def show_check_in(check_in_id: UUID) -> Response:
    return _questions(check_in_id)


@bp.post("/check-ins/<uuid:check_in_id>")
def answer_check_in(check_in_id: UUID) -> Response:
    """Keep the answers, or leave them all out: one button each, side by side."""
    path = f"me/check-ins/{check_in_id}"
    if request.form.get("act") == "skip":
        sent = send("integration", "POST", f"{path}/skip", {}, step="skip")
        target = "/check-ins"
    else:
        sent = send("integration", "POST", f"{path}/answer", _answers())
        target = "/check-ins/after"
    if sent.is_done:
        return make_response(redirect(target, 303))
    return _questions(
        check_in_id, 422, errors=_in_our_words(sent.errors), problem=sent.problem, typed=request.form
    )


def _answers() -> dict[str, Any]:
    """What the form says, as the service asks for it. What is left out is not said."""
    written = {name: request.form.get(name, "").strip() for name in (*_NUMBERS, "words")}
    return {
        **{name: _number(written[name]) for name in _NUMBERS},
        "is_safe_at_home": _YES_OR_NO.get(request.form.get("is_safe_at_home", "")),
        "wants_contact": _YES_OR_NO.get(request.form.get("wants_contact", ""), False),
        "words": written["words"] or None,
    }


def _number(text: str) -> int | float | str | None:
    """A number as people write it, 7,5 too; other words as they are, for the service to say what is wrong."""
    if not text:
        return None
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return text
    if number != number or abs(number) > 1e6:
        return text
    return int(number) if number.is_integer() else number


def _in_our_words(errors: Any) -> dict[str, str]:
    """The two numbers have sentences of their own here."""
    texts = page_texts(language())
    ours = {"mood": texts["check_in_mood_wrong"], "sleep_h": texts["check_in_sleep_wrong"]}
    return {name: ours.get(name, sentence) for name, sentence in errors.items()}


def _questions(check_in_id: UUID, status: int = 200, **values: Any) -> Response:
    mine = Ask("integration", "me/check-ins", is_main=True, may_be_down="typed" in values)
    found: Part = gather(open=mine)["open"]
    if found.is_down:
        texts = page_texts(language())
        one: dict[str, Any] | None = {"check_in_id": check_in_id, "opened_at": None}
        asked = {name: texts[f"check_in_short_{name}"] for name in _FIELDS}
    else:
        one = next((one for one in found.items if one["check_in_id"] == str(check_in_id)), None)
        asked = {question["field"]: question[language()] for question in found.data["questions"]}
    if one is None:
        raise NotFound
    return page("partner/check_in.html", status, one=one, asked=asked, **values)
