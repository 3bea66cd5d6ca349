"""Members of staff: the link by which they set up how they sign in, and the end of it all when they leave."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.gateway import domain
from services.gateway.commands.accounts import start_sign_in
from services.gateway.commands.keys import revoke_keys_of
from services.gateway.commands.means import end_means, is_taken_up, locked_account, replace_links
from services.gateway.models import Account, PersonalLink
from services.gateway.problems import AlreadyJoined, LastAdmin, NobodyToReach
from services.gateway.tokens import STAFF_LINK, Tokens, digest
from shared.audit.by_workers import changed
from shared.db.practice import current_practice
from shared.db.tenancy import practice_of
from shared.errors import NotFound
from shared.events.gateway import StaffLeft
from shared.ids import shown_id
from shared.path import outbox
from shared.web.actor import STAFF


def invite_staff(db: Session, *, person_id: UUID, by: UUID, tokens: Tokens, at: datetime) -> UUID:
    """A new link for somebody who works here and has no way to sign in yet; any earlier one stops working. Its id.

    Raises NotFound, AlreadyJoined (who lost their way in recovers it), NobodyToReach.
    """
    account = locked_account(db, person_id)
    if not STAFF & set(account.roles):
        raise NotFound
    if is_taken_up(db, person_id):
        raise AlreadyJoined
    if account.contact_id is None:
        raise NobodyToReach
    replace_links(db, person_id, at)
    link_id = shown_id()
    db.add(
        PersonalLink(
            id=link_id,
            person_id=person_id,
            contact_id=account.contact_id,
            made_by=by,
            token_hash=digest(tokens.make(STAFF_LINK, practice_of(db), link_id)),
            made_at=at,
            expires_at=at + domain.INVITATION_LASTS,
        )
    )
    db.flush()
    changed(db, "personal_link", record_id=link_id, about_id=person_id)
    return link_id


def note_link_sent(db: Session, *, link_id: UUID) -> None:
    """Notify has taken the message with the link. Repeating it changes nothing."""
    db.execute(update(PersonalLink).where(PersonalLink.id == link_id).values(is_message_sent=True))


def accept_staff_link(
    db: Session, *, token_hash: bytes, tokens: Tokens, at: datetime, device: str | None
) -> UUID:
    """Follow a link, once: a sign-in that sets up how one signs in; its id. Raises NotFound.

    A link that is used, replaced or expired opens nothing, and none opens an account that has, or had, a way in.
    """
    statement = select(PersonalLink).where(PersonalLink.token_hash == token_hash).with_for_update()
    found = db.execute(statement).scalar_one_or_none()
    if found is None or found.used_at or found.replaced_at or at >= found.expires_at:
        raise NotFound
    locked_account(db, found.person_id)
    if is_taken_up(db, found.person_id):
        raise NotFound
    found.used_at = at
    changed(db, "personal_link", record_id=found.id, about_id=found.person_id)
    return start_sign_in(
        db,
        person_id=found.person_id,
        tokens=tokens,
        at=at,
        proved_by=domain.ProvedBy.LINK,
        device=device,
        is_setting_up=not current_practice(db).is_demo,
    )


def leave_staff(db: Session, *, person_id: UUID, at: datetime) -> UUID:
    """Somebody works here no more: their account is closed, and all that opened it, and the API keys that they made,
    end in this transaction.

    Repeating it changes nothing. Returns the person's id. Raises NotFound, LastAdmin.
    """
    # All admins are locked, in one order: two who close each other's account at once must not both succeed.
    admins = db.scalars(
        select(Account)
        .where(Account.roles.contains(["practice_admin"]), Account.closed_at.is_(None))
        .order_by(Account.person_id)
        .with_for_update()
    ).all()
    statement = select(Account).where(Account.person_id == person_id).with_for_update()
    account = db.execute(statement.execution_options(populate_existing=True)).scalar_one_or_none()
    if account is None or not STAFF & set(account.roles):
        raise NotFound
    if account.closed_at is not None:
        return person_id
    if [one.person_id for one in admins] == [person_id]:
        raise LastAdmin
    end_means(db, person_id=person_id, at=at)
    revoke_keys_of(db, person_id, at=at)
    account.closed_at = at
    changed(db, "account", record_id=person_id, about_id=person_id)
    outbox.record(db, StaffLeft(person_id=person_id))
    return person_id
