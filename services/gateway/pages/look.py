"""A practice's own colour: chosen on its checklist, worn by its public pages."""

from flask import Response, make_response, redirect, request

from services.gateway import queries
from services.gateway.colours import HEX, style_sheet
from services.gateway.context import enter_by_slug
from services.gateway.language import language, page_texts
from services.gateway.pages import bp
from services.gateway.pages.files import KEPT
from services.gateway.pages.forms import Sent, attempt
from services.gateway.pages.practice import setup_page
from services.gateway.routes.look import choose_once
from shared.errors import NotFound
from shared.web.context import transaction


@bp.post("/practice/colour")
def choose_look() -> Response:
    colour = request.form.get("colour", "").strip().lower() if "reset" not in request.form else None
    if colour is not None and not HEX.fullmatch(colour):
        return setup_page(422, Sent(errors={"colour": page_texts(language())["setup_colour_wrong"]}))
    sent = attempt(lambda: choose_once(colour))
    return make_response(redirect("/practice#colour", 303)) if sent.is_done else setup_page(409, sent)


@bp.get("/p/<string:slug>/colour.css")
def show_style_sheet(slug: str) -> Response:
    """The tokens in the practice's shades. Another colour has another address, so browsers may keep it."""
    enter_by_slug(slug)
    with transaction() as db:
        colour = queries.look(db)["colour"]
    if colour is None:
        raise NotFound
    response = make_response(style_sheet(colour))
    response.mimetype = "text/css"
    response.headers["Cache-Control"] = KEPT if request.args.get("v") == colour[1:] else "no-cache"
    return response
