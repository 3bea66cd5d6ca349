"""Prepare: its three parts as a list of things to do whenever one likes, and what the other shared."""

from flask import Response

from services.gateway.pages import bp
from services.gateway.pages.frame import page
from services.gateway.pages.own_couple import OWN_COUPLE, names
from services.gateway.pages.parts import Ask, gather
from services.gateway.pages.questions import BY_PART, QUESTIONS, answers
from shared.web.context import now, transaction

OWN_INTENTION = Ask("intake", "me/intention")


@bp.get("/prepare")
def show_prepare() -> Response:
    parts = gather(couple=OWN_COUPLE, intention=OWN_INTENTION, sessions=Ask("sessions", "me/sessions"))
    intention = parts["intention"]
    answered = 0 if intention.data is None else len(answers(intention.data))
    with transaction() as db:
        at = now(db).isoformat()
    talks = [
        one
        for one in parts["sessions"].items
        if one["kind"] == "preparation" and one["state"] == "confirmed" and one["starts_at"] > at
    ]
    return page(
        "partner/prepare.html",
        is_down=intention.is_down,
        answered=answered,
        of=len(QUESTIONS),
        talk=talks[0] if talks else None,
        **names(parts["couple"]),
    )


@bp.get("/prepare/shared")
def show_intention_from_partner() -> Response:
    """What the other partner shares of their intention, question by question."""
    parts = gather(couple=OWN_COUPLE, theirs=Ask("intake", "me/intention/from-partner"))
    theirs = parts["theirs"]
    shown = [] if theirs.data is None else theirs.data["parts"]
    return page(
        "partner/from_partner.html",
        is_down=theirs.is_down,
        back_path="/prepare",
        back_words="nav_prepare",
        shown=[{"heading": BY_PART[one["part"]].heading, "text": one["text"], "mood": None} for one in shown],
        **names(parts["couple"]),
    )
