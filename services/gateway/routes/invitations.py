"""Inviting a partner to a login of their own."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.gateway import queries, tokens
from services.gateway.ceremonies.links import follow_link
from services.gateway.commands import invitations as commands
from services.gateway.composing import post_message, store_address
from services.gateway.context import settings, token_maker
from services.gateway.domain import InvitationState
from services.gateway.models import Invitation
from services.gateway.names import learn_missing_names
from services.gateway.routes import bp
from services.gateway.routes.signing_in import signed_in
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
    view = follow_link(signed_in, token=body["token"])
    learn_missing_names(view["practice_id"], [view["person_id"]])
    return view


def _view(db: Session, invitation_id: UUID) -> dict[str, Any]:
    return queries.invitation_view(db, invitation_id, now=now(db))
