"""Who works for the practice."""

from typing import Any
from uuid import UUID

from services.gateway import queries, tokens
from services.gateway.commands import accounts as commands
from services.gateway.commands import staff as staff_commands
from services.gateway.composing import post_message, store_address
from services.gateway.context import real_now, settings, token_maker
from services.gateway.routes import bp
from services.gateway.schemas import JoinStaff, PeopleView, PersonView
from services.gateway.sign_in_schemas import PersonalLinkView
from shared.web.context import current_actor, transaction
from shared.web.idempotency import once, request_key
from shared.web.schemas import Nothing


@bp.post("/staff")
@bp.arguments(JoinStaff)
@bp.response(201, PersonView)
def join_staff(body: dict[str, Any]) -> Any:
    """Let somebody work for the practice, in these roles."""
    contact_id = store_address(body["email"])
    roles = sorted(set(body["roles"]))
    return once(
        lambda db: commands.join_staff(
            db, display_name=body["display_name"], roles=roles, contact_id=contact_id, at=real_now()
        ),
        show=queries.account,
    )


@bp.get("/staff")
@bp.response(200, PeopleView)
def list_staff() -> Any:
    """Everybody who works for the practice."""
    with transaction() as db:
        return {"items": queries.staff(db)}


@bp.post("/staff/<uuid:person_id>/invitations")
@bp.arguments(Nothing)
@bp.response(201, PersonalLinkView)
def invite_staff(_: dict[str, Any], person_id: UUID) -> Any:
    """Send a member of staff a link to set up how they sign in."""
    return send_staff_link(person_id)


def send_staff_link(person_id: UUID) -> Any:
    """Make a link and have it mailed: all of it once for the request's key."""
    request_key()
    actor, made_by, at = current_actor(), token_maker(), real_now()
    view = once(
        lambda db: staff_commands.invite_staff(
            db, person_id=person_id, by=actor.person_id, tokens=made_by, at=at
        ),
        show=queries.personal_link_view,
    )
    if not view["is_message_sent"]:
        token = made_by.make(tokens.STAFF_LINK, actor.practice_id, view["link_id"])
        post_message(contact_id=view["contact_id"], link=f"{settings().public_url}/i/{token}")
        with transaction() as db:
            staff_commands.note_link_sent(db, link_id=view["link_id"])
            view = queries.personal_link_view(db, view["link_id"])
    return view


@bp.post("/staff/<uuid:person_id>/leave")
@bp.arguments(Nothing)
@bp.response(200, PersonView)
def leave_staff(_: dict[str, Any], person_id: UUID) -> Any:
    """Somebody works here no more: their sign-ins and all their ways to sign in end now."""
    return once(
        lambda db: staff_commands.leave_staff(db, person_id=person_id, at=real_now()),
        show=queries.account,
    )
