"""Who works for the practice, in which roles."""

from flask import Response, make_response, redirect, request

from services.gateway import queries
from services.gateway.commands import accounts
from services.gateway.commands.means import is_taken_up
from services.gateway.composing import store_address
from services.gateway.context import real_now
from services.gateway.language import language, page_texts
from services.gateway.pages import bp
from services.gateway.pages.forms import Sent, attempt, wrong
from services.gateway.pages.frame import page
from shared.events.gateway import StaffRole
from shared.web.context import transaction
from shared.web.idempotency import once

ROLES = tuple(StaffRole)


@bp.get("/team")
def show_team() -> Response:
    return team_page()


@bp.post("/team")
def add_staff() -> Response:
    form, texts = request.form, page_texts(language())
    name, email = form.get("display_name", "").strip(), form.get("email", "").strip()
    roles = sorted({StaffRole(one) for one in form.getlist("role") if one in ROLES})
    errors = {}
    if not 0 < len(name) <= 100:
        errors["display_name"] = texts["team_name_missing"]
    if not roles:
        errors["role"] = texts["team_role_missing"]
    if errors:
        return team_page(422, Sent(errors=errors))

    def join() -> None:
        contact_id = store_address(email)
        once(
            lambda db: accounts.join_staff(
                db, display_name=name, roles=roles, contact_id=contact_id, at=real_now()
            ),
            show=queries.account,
        )

    sent = attempt(join, names={"address": "email"})
    return make_response(redirect("/team", 303)) if sent.is_done else team_page(422, sent)


def team_page(status: int = 200, sent: Sent | None = None) -> Response:
    """Everybody who works here, and the form for one more."""
    with transaction() as db:
        members = [
            {
                "person_id": one.person_id,
                "display_name": one.display_name,
                "roles": list(one.roles),
                "has_way_in": is_taken_up(db, one.person_id),
            }
            for one in queries.staff(db)
        ]
    texts = page_texts(language())
    roles = [(str(one), texts[f"role_{one}"], texts[f"role_hint_{one}"]) for one in ROLES]
    return page("practice/team.html", status, members=members, roles=roles, **wrong(sent))
