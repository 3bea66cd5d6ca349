"""Inviting a partner to a login of their own."""

from functools import partial
from typing import Any

from flask import after_this_request

from services.gateway import queries, tokens
from services.gateway.commands import invitations as commands
from services.gateway.composing import post_message, store_address
from services.gateway.context import enter_by_id, limit, real_now, settings, token_maker
from services.gateway.domain import InvitationState
from services.gateway.identity import keep_signed_in
from services.gateway.names import learn_missing_names
from services.gateway.routes import bp
from services.gateway.schemas import AcceptInvitation, InvitationView, InvitePartner, SignInView
from shared.errors import NotFound
from shared.web.context import current_actor, now, transaction
from shared.web.idempotency import once, request_key


@bp.post("/invitations")
@bp.arguments(InvitePartner)
@bp.response(201, InvitationView)
def invite_partner(body: dict[str, Any]) -> Any:
    request_key()
    actor, made_by = current_actor(), token_maker()
    with transaction() as db:
        commands.check_is_partner(db, person_id=body["person_id"])
    contact_id = store_address(body["email"])
    view = once(
        lambda db: commands.invite_partner(
            db,
            person_id=body["person_id"],
            contact_id=contact_id,
            by=actor.person_id,
            tokens=made_by,
            now=now(db),
        ),
        show=lambda db, invitation_id: queries.invitation_view(db, invitation_id, now=now(db)),
    )
    token = made_by.make(tokens.INVITATION, actor.practice_id, view["invitation_id"])
    if view["state"] == InvitationState.OPEN:
        post_message(contact_id=view["contact_id"], link=f"{settings().public_url}/i/{token}")
    return view


@bp.post("/invitations/accept")
@bp.arguments(AcceptInvitation)
@bp.response(201, SignInView)
def accept_invitation(body: dict[str, Any]) -> Any:
    token_hash = enter_by_token(body["token"])
    made_by, at = token_maker(), real_now()
    view = once(
        lambda db: commands.accept_invitation(
            db, token_hash=token_hash, tokens=made_by, now=now(db), real_now=at
        ),
        show=partial(queries.sign_in_view, tokens=made_by, at=at),
    )
    learn_missing_names(view["practice_id"], [view["person_id"]])
    after_this_request(lambda response: keep_signed_in(response, view["token"]))
    return view


def enter_by_token(token: str) -> bytes:
    """Enter the practice that an invitation's token names; its digest. Raises NotFound, TooManyRequests."""
    parsed = tokens.parse(token)
    if parsed is None:
        raise NotFound
    enter_by_id(parsed.practice_id)
    limit("sign_in")
    return parsed.digest
