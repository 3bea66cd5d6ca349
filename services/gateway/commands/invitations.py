"""Inviting a partner, and taking an invitation up."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from services.gateway import domain
from services.gateway.commands.accounts import start_sign_in
from services.gateway.commands.means import is_taken_up, replace_invitations
from services.gateway.models import Account, Invitation, Partner
from services.gateway.problems import AddressInUse, AlreadyJoined, NotTheirAddress
from services.gateway.tokens import INVITATION, Tokens, digest
from shared.audit.by_workers import changed
from shared.db.practice import current_practice
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
    db: Session, *, person_id: UUID, contact_id: UUID, email: str, by: UUID, tokens: Tokens, now: datetime
) -> UUID:
    """A new invitation for a partner; any earlier link of theirs stops working. Its id.

    A partner who came but never set up a way to sign in is invited again the same way, only to an address they
    came from: nobody can have somebody's login sent to themselves. Raises AlreadyJoined for somebody who works
    here, or has or had a way to sign in (who lost it recovers it), AddressInUse, NotTheirAddress.
    """
    partner = check_is_partner(db, person_id=person_id)
    _lock_couple(db, partner.couple_id)
    account = db.get(Account, person_id)
    if account is not None and (not _is_partners_own(account) or is_taken_up(db, person_id)):
        raise AlreadyJoined
    address_hash = tokens.address_hash(practice_of(db), partner.couple_id, email)
    _check_address_is_own(db, partner, address_hash, now)
    if account is not None:
        _check_joined_with(db, person_id, address_hash)
    replace_invitations(db, person_id, now)
    invitation_id = shown_id()
    db.add(
        Invitation(
            id=invitation_id,
            couple_id=partner.couple_id,
            person_id=person_id,
            contact_id=contact_id,
            address_hash=address_hash,
            invited_by=by,
            token_hash=digest(tokens.make(INVITATION, practice_of(db), invitation_id)),
            invited_at=now,
            expires_at=now + domain.INVITATION_LASTS,
        )
    )
    changed(db, "invitation", record_id=invitation_id, about_id=person_id)
    outbox.record(db, PartnerInvited(couple_id=partner.couple_id, person_id=person_id, contact_id=contact_id))
    return invitation_id


def note_message_sent(db: Session, *, invitation_id: UUID) -> None:
    """Notify has taken the message with the invitation's link. Repeating it changes nothing."""
    db.execute(update(Invitation).where(Invitation.id == invitation_id).values(is_message_sent=True))


def accept_invitation(
    db: Session,
    *,
    token_hash: bytes,
    tokens: Tokens,
    now: datetime,
    real_now: datetime,
    device: str | None = None,
) -> UUID:
    """Let the invited partner set up a login of their own, which is made if they have none; the sign-in's id.

    In a demo practice they may do so later. A link opens no login that has or had a way in, and never that of staff.
    Raises NotFound for a link that is unknown, used, replaced or expired (`now` is the practice's).
    """
    found = db.execute(select(Invitation).where(Invitation.token_hash == token_hash)).scalar_one_or_none()
    if found is None:
        raise NotFound
    _lock_couple(db, found.couple_id)
    db.refresh(found, with_for_update=True)
    state = domain.invitation_state(
        expires_at=found.expires_at, accepted_at=found.accepted_at, replaced_at=found.replaced_at, now=now
    )
    account = db.get(Account, found.person_id, populate_existing=True, with_for_update=True)
    if state is not domain.InvitationState.OPEN:
        raise NotFound
    if account is not None and (not _is_partners_own(account) or is_taken_up(db, found.person_id)):
        raise NotFound
    found.accepted_at = now
    changed(db, "invitation", record_id=found.id, about_id=found.person_id)
    if account is None:
        db.add(Account(person_id=found.person_id, display_name=None, roles=[PARTNER], joined_at=real_now))
        changed(db, "account", record_id=found.person_id, about_id=found.person_id)
    outbox.record(
        db,
        InvitationAccepted(couple_id=found.couple_id, person_id=found.person_id, contact_id=found.contact_id),
    )
    db.flush()
    return start_sign_in(
        db,
        person_id=found.person_id,
        tokens=tokens,
        at=real_now,
        proved_by=domain.ProvedBy.LINK,
        device=device,
        is_setting_up=not current_practice(db).is_demo,
    )


def _is_partners_own(account: Account) -> bool:
    """Only such a login is opened by a link that was mailed."""
    return list(account.roles) == [PARTNER] and account.closed_at is None


def _check_address_is_own(db: Session, partner: Partner, address_hash: bytes, now: datetime) -> None:
    """No other partner of the couple was invited there and may still come, or came. Raises AddressInUse."""
    of_another = select(Invitation.id).where(
        Invitation.couple_id == partner.couple_id,
        Invitation.person_id != partner.person_id,
        Invitation.address_hash == address_hash,
        or_(
            Invitation.accepted_at.is_not(None),
            and_(Invitation.replaced_at.is_(None), Invitation.expires_at > now),
        ),
    )
    if db.scalars(of_another.limit(1)).first() is not None:
        raise AddressInUse


def _check_joined_with(db: Session, person_id: UUID, address_hash: bytes) -> None:
    """They accepted an invitation at this address before. Raises NotTheirAddress."""
    accepted = select(Invitation.id).where(
        Invitation.person_id == person_id,
        Invitation.address_hash == address_hash,
        Invitation.accepted_at.is_not(None),
    )
    if db.scalars(accepted.limit(1)).first() is None:
        raise NotTheirAddress


def _lock_couple(db: Session, couple_id: UUID) -> None:
    """One at a time per couple: their events share a key, and stand in the outbox in the order they commit."""
    db.execute(
        select(Partner.person_id)
        .where(Partner.couple_id == couple_id)
        .order_by(Partner.person_id)
        .with_for_update()
    ).all()
