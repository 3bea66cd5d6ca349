"""Words that wait in one tab, while their owner signs in elsewhere in another: nothing of them leaves the first."""

from flask import Response, request

from services.gateway.language import language, page_texts
from services.gateway.pages import bp
from services.gateway.pages.frame import page
from services.gateway.pages.kept import carried, carry_on
from services.gateway.pages.problem import sign_in_page
from shared.ids import NIL
from shared.web.context import current_actor

OTHER_TAB = "/sign-in/go-on"
"""Where a sign-in in a second tab ends."""


@bp.get(OTHER_TAB)
def show_other_tab() -> Response:
    actor = current_actor()
    if actor.practice_id == NIL:
        return sign_in_page()
    return page("ways_in/other_tab.html", is_bare=True, is_partners=actor.is_partner)


@bp.post(OTHER_TAB)
def go_on_with_words() -> Response:
    """From the first tab: the words go on for whoever they are of, once signed in; before that they stay."""
    actor = current_actor()
    if actor.practice_id != NIL:
        return carry_on(actor)
    problem = page_texts(language())["not_signed_in_yet"]
    return sign_in_page(practice=request.form.get("practice", ""), problem=problem, **carried())
