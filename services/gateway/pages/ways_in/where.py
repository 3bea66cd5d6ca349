"""Where one is signed in, and signing out elsewhere."""

from uuid import UUID

from flask import Response, g

from services.gateway import queries
from services.gateway.commands import sign_ins as commands
from services.gateway.context import real_now
from services.gateway.pages import bp
from services.gateway.pages.frame import page
from services.gateway.pages.ways_in.telling import to
from shared.web.context import current_actor, transaction


@bp.get("/ways-in/where")
def show_own_sign_ins() -> Response:
    with transaction() as db:
        mine = queries.sign_ins_view(db, current_actor().person_id, this=g.sign_in_id, at=real_now())
    return page("ways_in/where.html", sign_ins=mine)


@bp.post("/ways-in/where/<uuid:sign_in_id>/end")
def end_own_sign_in(sign_in_id: UUID) -> Response:
    with transaction() as db:
        commands.end_sign_in(db, sign_in_id=sign_in_id, person_id=current_actor().person_id, at=real_now())
    return to("/ways-in/where")


@bp.post("/ways-in/where/end-others")
def end_other_sign_ins() -> Response:
    with transaction() as db:
        commands.end_sign_ins(db, person_id=current_actor().person_id, at=real_now(), but=g.sign_in_id)
    return to("/ways-in/where")
