"""From the team's page: a link for somebody to set up how they sign in, and the end of it all when they leave."""

from uuid import UUID

from flask import Response

from services.gateway.commands.staff import leave_staff as leave
from services.gateway.context import real_now
from services.gateway.pages import bp
from services.gateway.pages.forms import Sent, attempt
from services.gateway.pages.team import team_page
from services.gateway.pages.ways_in.telling import to
from services.gateway.queries import account
from services.gateway.routes.staff import send_staff_link
from shared.web.idempotency import once


@bp.post("/team/<uuid:person_id>/link")
def invite_staff(person_id: UUID) -> Response:
    return _back(attempt(lambda: send_staff_link(person_id)))


@bp.post("/team/<uuid:person_id>/leave")
def leave_staff(person_id: UUID) -> Response:
    def command() -> None:
        once(lambda db: leave(db, person_id=person_id, at=real_now()), show=account)

    return _back(attempt(command))


def _back(sent: Sent) -> Response:
    return to("/team") if sent.is_done else team_page(422, sent)
