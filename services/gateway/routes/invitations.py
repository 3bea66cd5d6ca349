"""Inviting a partner to a login of their own."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import after_this_request
from sqlalchemy.orm import Session

from services.gateway import queries, tokens
from services.gateway.commands import invitations as commands
from services.gateway.commands.staff import accept_staff_link
from services.gateway.composing import post_message, store_address
from services.gateway.context import device, enter_by_id, limit, real_now, settings, token_maker
from services.gateway.domain import InvitationState
from services.gateway.identity import keep_signed_in
from services.gateway.models import Invitation
from services.gateway.names import learn_missing_names
from services.gateway.routes import bp
from services.gateway.schemas import (
    AcceptInvitation,
    InvitationsView,
    InvitationView,
    InvitePartner,
    SignInView,
)
from shared.errors import NotFound
from shared.web.context import current_actor, now, transaction
from shared.web.idempotency import once, request_key
from shared.web.paging import PageQuery, page


@bp.post("/invitations")
@bp.arguments(InvitePartner)
@bp.response(201, InvitationView)
def invite_partner(body: dict[str, Any]) -> Any:
    """Send a partner a personal invitation, to their own address."""
    return invite_by_mail(**body)


def invite_by_mail(*, person_id: UUID, email: str) -> Any:
    """Store the address, make the invitation, have its link mailed: all of it once for the request's key."""
    request_key()
    actor, made_by = current_actor(), token_maker()

    def check_may_invite(db: Session) -> None:
        if not queries.may_invite(db, actor, person_id):
            raise NotFound

    def command(db: Session) -> UUID:
        check_may_invite(db)
        return commands.invite_partner(
            db,
            person_id=person_id,
            email=email,
            contact_id=contact_id,
            by=actor.person_id,
            tokens=made_by,
            now=now(db),
        )

    with transaction() as db:
        check_may_invite(db)
    contact_id = store_address(email)
    view = once(command, show=_view)
    if view["state"] == InvitationState.OPEN and not view["is_message_sent"]:
        token = made_by.make(tokens.INVITATION, actor.practice_id, view["invitation_id"])
        post_message(contact_id=view["contact_id"], link=f"{settings().public_url}/i/{token}")
        with transaction() as db:
            commands.note_message_sent(db, invitation_id=view["invitation_id"])
            view = _view(db, view["invitation_id"])
    return view


@bp.get("/invitations")
@bp.arguments(PageQuery, location="query")
@bp.response(200, InvitationsView)
def list_invitations(query: dict[str, Any]) -> Any:
    """Invitations that can still be taken up, newest first; where the message was not sent, invite again."""
    with transaction() as db:
        at = now(db)
        newest = (Invitation.invited_at, Invitation.id)
        found = page(db, queries.open_invitations(at), by=newest, newest_first=True, **query)
        return {**found, "items": [queries.as_view(one, now=at) for one in found["items"]]}


@bp.post("/invitations/accept")
@bp.arguments(AcceptInvitation)
@bp.response(201, SignInView)
def accept_invitation(body: dict[str, Any]) -> Any:
    """Take up an invitation: who was invited sets up a login of their own."""
    token_hash = enter_by_token(body["token"])
    at = real_now()
    view = once(
        lambda db: follow_link(db, token_hash),
        show=partial(queries.sign_in_view, tokens=token_maker(), at=at),
    )
    learn_missing_names(view["practice_id"], [view["person_id"]])
    after_this_request(lambda response: keep_signed_in(response, view["token"]))
    return view


def follow_link(db: Session, token_hash: bytes) -> UUID:
    """Take up a partner's invitation, or the link of a member of staff; the sign-in's id. Raises NotFound."""
    made_by, at, browser = token_maker(), real_now(), device()
    if queries.is_staff_link(db, token_hash):
        return accept_staff_link(db, token_hash=token_hash, tokens=made_by, at=at, device=browser)
    return commands.accept_invitation(
        db, token_hash=token_hash, tokens=made_by, now=now(db), real_now=at, device=browser
    )


def _view(db: Session, invitation_id: UUID) -> dict[str, Any]:
    return queries.invitation_view(db, invitation_id, now=now(db))


def enter_by_token(token: str) -> bytes:
    """Enter the practice that an invitation's token names; its digest. Raises NotFound, TooManyRequests."""
    parsed = tokens.parse(token)
    if parsed is None:
        raise NotFound
    enter_by_id(parsed.practice_id)
    limit("sign_in")
    return parsed.digest
