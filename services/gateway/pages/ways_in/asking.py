"""The page that asks whoever is signed in to show again that it is them."""

from typing import Any

from flask import Response

from services.gateway.pages.frame import page
from services.gateway.pages.ways_in.telling import means_of, wanted_page
from shared.web.context import current_actor, transaction


def proof_page(problem: str = "", **kept: Any) -> Response:
    """The ways of this person. `kept`: what they were sending goes along, as on the sign-in page."""
    with transaction() as db:
        means = means_of(db)
    return page(
        "ways_in/is_it_you.html",
        is_bare=True,
        means=means,
        next=wanted_page(),
        problem=problem,
        is_partners=current_actor().is_partner,
        **kept,
    )
