"""Inviting a partner, and taking an invitation up."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.gateway import domain
from services.gateway.commands.accounts import start_sign_in
from services.gateway.models import Account, Invitation, Partner
from services.gateway.problems import AlreadyJoined
from services.gateway.tokens import INVITATION, Tokens, digest
from shared.db.tenancy import practice_of
from shared.errors import NotFound
from shared.events.gateway import InvitationAccepted, PartnerInvited
from shared.ids import shown_id
from shared.path import outbox
from shared.web.actor import PARTNER


def check_is_partner(db: Session, *, person_id: UUID) -> Partner:
    """The partner as known from intake's CoupleRegistered. Raises NotFound."""
    partner = db.get(Partner, person_id)
    if partner is None:
        raise NotFound
    return partner


def invite_partner(
    db: Session, *, person_id: UUID, contact_id: UUID, by: UUID, tokens: Tokens, now: datetime
) -> UUID:
    """A new invitation for a partner; any earlier link of theirs stops working. Its id. Raises AlreadyJoined."""
    partner = check_is_partner(db, person_id=person_id)
    _lock_couple(db, partner.couple_id)
    if db.get(Account, person_id) is not None:
        raise AlreadyJoined
    db.execute(
        update(Invitation)
        .where(
            Invitation.person_id == person_id,
            Invitation.accepted_at.is_(None),
            Invitation.replaced_at.is_(None),
        )
        .values(replaced_at=now)
    )
    invitation_id = shown_id()
    db.add(
        Invitation(
            id=invitation_id,
            couple_id=partner.couple_id,
            person_id=person_id,
            contact_id=contact_id,
            invited_by=by,
            token_hash=digest(tokens.make(INVITATION, practice_of(db), invitation_id)),
            invited_at=now,
            expires_at=now + domain.INVITATION_LASTS,
        )
    )
    outbox.record(db, PartnerInvited(couple_id=partner.couple_id, person_id=person_id, contact_id=contact_id))
    return invitation_id


def accept_invitation(
    db: Session, *, token_hash: bytes, tokens: Tokens, now: datetime, real_now: datetime
) -> UUID:
    """Give the invited partner a login of their own and sign them in; the sign-in's id.

    Raises NotFound for a link that is unknown, used, replaced or expired (`now` is the practice's), and where
    the person has an account already: a link never opens somebody's account a second time.
    """
    found = db.execute(select(Invitation).where(Invitation.token_hash == token_hash)).scalar_one_or_none()
    if found is None:
        raise NotFound
    _lock_couple(db, found.couple_id)
    db.refresh(found, with_for_update=True)
    state = domain.invitation_state(
        expires_at=found.expires_at, accepted_at=found.accepted_at, replaced_at=found.replaced_at, now=now
    )
    if state is not domain.InvitationState.OPEN or db.get(Account, found.person_id) is not None:
        raise NotFound
    found.accepted_at = now
    db.add(Account(person_id=found.person_id, display_name=None, roles=[PARTNER], joined_at=real_now))
    outbox.record(db, InvitationAccepted(couple_id=found.couple_id, person_id=found.person_id))
    return start_sign_in(db, person_id=found.person_id, tokens=tokens, at=real_now)


def _lock_couple(db: Session, couple_id: UUID) -> None:
    """One at a time per couple: their events share a key, and stand in the outbox in the order they commit."""
    db.execute(
        select(Partner.person_id)
        .where(Partner.couple_id == couple_id)
        .order_by(Partner.person_id)
        .with_for_update()
    ).all()
