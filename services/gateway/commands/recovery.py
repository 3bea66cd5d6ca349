"""Getting back in without any means: asked on a device, confirmed in person, finished on that same device.

Each step needs what the others don't give: the asking device keeps a secret, the code on its screen is read out to
somebody who knows the person, and the link goes to the person's own address. Who has the other's phone, or reads
the other's mail, has one of the three.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from services.gateway import domain
from services.gateway.commands.accounts import start_sign_in
from services.gateway.commands.means import end_means, has_means, locked_account
from services.gateway.models import Account, Invitation, Recovery
from services.gateway.problems import CodeWrong, NobodyToReach
from services.gateway.tokens import RECOVERY_DEVICE, RECOVERY_IN_PERSON, RECOVERY_LINK, Tokens, digest
from shared.audit.looks import concerning
from shared.db.practice import current_practice
from shared.db.tenancy import practice_of
from shared.errors import NotFound
from shared.events.gateway import SignInRecovered
from shared.ids import shown_id
from shared.path import outbox

_KEPT = timedelta(days=30)


def ask_recovery(db: Session, *, tokens: Tokens, at: datetime) -> UUID:
    """Somebody asks to get back in, and does not even say who; the recovery's id. It waits half an hour."""
    # One that was confirmed stays: as long as it does, no mailed link opens that account.
    db.execute(delete(Recovery).where(Recovery.asked_at < at - _KEPT, Recovery.confirmed_at.is_(None)))
    made_id, practice_id = shown_id(), practice_of(db)
    code = tokens.code(RECOVERY_IN_PERSON, practice_id, made_id)
    db.add(
        Recovery(
            id=made_id,
            device_hash=digest(tokens.make(RECOVERY_DEVICE, practice_id, made_id)),
            code_hash=tokens.code_hash(RECOVERY_IN_PERSON, practice_id, practice_id, code),
            asked_at=at,
            expires_at=at + domain.RECOVERY_ASKED_LASTS,
        )
    )
    db.flush()
    return made_id


def recovery_to_confirm(
    db: Session, *, person_id: UUID, code: str, tokens: Tokens, at: datetime
) -> tuple[UUID, UUID] | None:
    """The recovery of this code that waits, and the contact point its link would go to; or None. Changes nothing."""
    account, found = db.get(Account, person_id), db.scalars(_waiting(db, code, tokens, at)).one_or_none()
    contact_id = _own_contact(db, account) if account is not None else None
    return (found.id, contact_id) if found is not None and contact_id is not None else None


def confirm_recovery(
    db: Session, *, person_id: UUID, code: str, by: UUID, tokens: Tokens, at: datetime
) -> UUID:
    """Whoever knows the person has heard the code from them: all their old means and sign-ins end now.

    The recovery's id. Whether `by` may confirm is the route's to ask. Raises CodeWrong, NotFound, NobodyToReach.
    """
    account = locked_account(db, person_id)
    practice_id = practice_of(db)
    found = db.scalars(_waiting(db, code, tokens, at).with_for_update()).one_or_none()
    if found is None:
        raise CodeWrong
    contact_id = _own_contact(db, account)
    if contact_id is None:
        raise NobodyToReach
    end_means(db, person_id=person_id, at=at)
    # An earlier recovery of theirs that was not finished ends too.
    db.execute(
        update(Recovery)
        .where(Recovery.person_id == person_id, Recovery.finished_at.is_(None))
        .values(link_hash=None)
    )
    found.person_id, found.confirmed_by, found.confirmed_at = person_id, by, at
    found.contact_id = contact_id
    found.link_hash = digest(tokens.make(RECOVERY_LINK, practice_id, found.id))
    found.expires_at = at + domain.RECOVERY_LINK_LASTS
    outbox.record(db, SignInRecovered(person_id=person_id))
    concerning(db, about_id=person_id)
    return found.id


def note_link_sent(db: Session, *, recovery_id: UUID) -> None:
    """Notify has taken the message with the link. Repeating it changes nothing."""
    db.execute(update(Recovery).where(Recovery.id == recovery_id).values(is_message_sent=True))


def finish_recovery(
    db: Session, *, device: str, link: str, tokens: Tokens, at: datetime, browser: str | None
) -> UUID:
    """The link, followed on the device that asked: a sign-in that sets up a new means; its id. Raises NotFound."""
    statement = select(Recovery).where(
        Recovery.device_hash == digest(device), Recovery.link_hash == digest(link)
    )
    found = db.scalars(statement.with_for_update()).one_or_none()
    if found is None or found.person_id is None or found.finished_at or at >= found.expires_at:
        raise NotFound
    locked_account(db, found.person_id)
    if has_means(db, found.person_id):
        raise NotFound
    found.finished_at = at
    concerning(db, about_id=found.person_id)
    return start_sign_in(
        db,
        person_id=found.person_id,
        tokens=tokens,
        at=at,
        proved_by=domain.ProvedBy.LINK,
        device=browser,
        is_setting_up=not current_practice(db).is_demo,
    )


def _waiting(db: Session, code: str, tokens: Tokens, at: datetime) -> Select[Recovery]:
    practice_id = practice_of(db)
    return select(Recovery).where(
        Recovery.code_hash == tokens.code_hash(RECOVERY_IN_PERSON, practice_id, practice_id, code),
        Recovery.confirmed_at.is_(None),
        Recovery.expires_at > at,
    )


def _own_contact(db: Session, account: Account) -> UUID | None:
    """Where a person has used what came: staff's address, or a partner's newest invitation that they took up."""
    if account.contact_id is not None:
        return account.contact_id
    accepted = select(Invitation.contact_id).where(
        Invitation.person_id == account.person_id, Invitation.accepted_at.is_not(None)
    )
    return db.scalars(accepted.order_by(Invitation.accepted_at.desc()).limit(1)).first()
