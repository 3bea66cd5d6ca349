"""Booking from the front desk begins with whom it is for: the form itself is the couple's."""

from flask import Response

from services.gateway.pages import bp
from services.gateway.pages.frame import page
from services.gateway.pages.parts import gather
from services.gateway.pages.people import COUPLES, all_couples, couples_of


@bp.get("/desk/book")
def show_couples_to_book() -> Response:
    parts = gather(couples=COUPLES)
    return page("desk/book.html", all_couples=couples_of(all_couples(parts["couples"])), **parts)
