"""Means of sign-in as a whole: who may have which, that one is always left, and what happens when they change."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, select, update
from sqlalchemy.orm import Session

from services.gateway.commands.sign_ins import end_sign_ins, renew_sign_in
from services.gateway.domain import ProvedBy
from services.gateway.models import (
    Account,
    Invitation,
    OidcIdentity,
    OidcProvider,
    OneTimePassword,
    Passkey,
    Password,
    PersonalLink,
    PracticeProfile,
    Recovery,
    RecoveryCode,
    SignIn,
)
from services.gateway.problems import LastMeans, NotForStaff, NotTheAddressTheyJoinedWith
from services.gateway.tokens import Tokens
from shared.db.tenancy import practice_of
from shared.errors import NotFound, NotSignedIn
from shared.events.gateway import WaysInChanged
from shared.path import outbox
from shared.web.actor import PARTNER


@dataclass
class Here:
    """The sign-in in which somebody changes how they sign in, and the one that takes its place when that is due."""

    sign_in_id: UUID
    tokens: Tokens
    at: datetime
    renewed_id: UUID | None = field(default=None)


def locked_account(db: Session, person_id: UUID) -> Account:
    """An account that is open, locked: what one may do to its means depends on the others. Raises NotFound."""
    statement = select(Account).where(Account.person_id == person_id).with_for_update()
    found = db.execute(statement.execution_options(populate_existing=True)).scalar_one_or_none()
    if found is None or found.closed_at is not None:
        raise NotFound
    return found


def check_is_partner(account: Account) -> None:
    """One-time passwords and passwords are for partners. Raises NotForStaff."""
    if list(account.roles) != [PARTNER]:
        raise NotForStaff


def has_means(db: Session, person_id: UUID) -> bool:
    """Whether there is any way for this person to sign in."""
    return count_means(db, person_id) > 0


def is_taken_up(db: Session, person_id: UUID) -> bool:
    """Whether a mailed link opens this account no more: who lost their way in recovers it, where it was asked.

    A means counts here whether or not it may be used today: what an admin allows must not open an account to
    whoever reads the mail. A confirmed recovery counts too: it ended all means, and waits for the asking device.
    """
    told = [exists().where(table.person_id == person_id) for table in (Password, OidcIdentity)]
    told.append(exists().where(Recovery.person_id == person_id, Recovery.confirmed_at.is_not(None)))
    return has_means(db, person_id) or any(db.scalar(select(one)) for one in told)


def count_means(db: Session, person_id: UUID) -> int:
    """How many ways to sign in a person has. Recovery codes only stand in for a one-time password."""
    passkeys = len(db.scalars(select(Passkey.id).where(Passkey.person_id == person_id)).all())
    others: list[ColumnElement[bool]] = [
        exists().where(OneTimePassword.person_id == person_id, OneTimePassword.confirmed_at.is_not(None)),
        and_(
            exists().where(Password.person_id == person_id),
            exists().where(PracticeProfile.is_password_allowed),
        ),
        exists().where(
            OidcIdentity.person_id == person_id,
            OidcIdentity.issuer == OidcProvider.issuer,
            Account.person_id == OidcIdentity.person_id,
            Account.roles.op("&&")(OidcProvider.roles),  # the roles that the provider admits
        ),
    ]
    return passkeys + sum(bool(db.scalar(select(one))) for one in others)


def check_not_last(db: Session, person_id: UUID) -> None:
    """Raise LastMeans when a person would have nothing left. The account is locked."""
    if count_means(db, person_id) <= 1:
        raise LastMeans


def means_added(
    db: Session, here: Here, *, person_id: UUID, proved_by: ProvedBy, proved_at: datetime | None = None
) -> None:
    """A means was added and shown to work. Whoever was setting up is signed in from now on, under a new token.

    Raises NotSignedIn.
    """
    sign_in = db.get(SignIn, here.sign_in_id, populate_existing=True)
    if sign_in is None or not sign_in.is_setting_up:
        means_changed(db, here, person_id=person_id)
        return
    here.renewed_id = renew_sign_in(
        db,
        sign_in_id=here.sign_in_id,
        proved_by=proved_by,
        tokens=here.tokens,
        at=here.at,
        proved_at=proved_at,
    )
    # Another who followed a link of this account, on another device, must not add a means of their own now.
    end_sign_ins(db, person_id=person_id, at=here.at, but=here.renewed_id)


def means_changed(db: Session, here: Here, *, person_id: UUID) -> None:
    """A means was added, renewed or taken away: all other sign-ins end now, and the person is told. Raises NotSignedIn.

    Somebody else may have made the change, or be signed in as them still: neither must outlast it unseen. The
    account is locked, so of two who make a change at once the second finds its own sign-in over.
    """
    sign_in = db.get(SignIn, here.sign_in_id, populate_existing=True)
    if sign_in is None or sign_in.ended_at is not None:
        raise NotSignedIn
    end_sign_ins(db, person_id=person_id, at=here.at, but=here.sign_in_id)
    outbox.record(db, WaysInChanged(person_id=person_id))


def claim_address(db: Session, account: Account, address: str, tokens: Tokens) -> None:
    """Sign in with this address from now on. Raises NotTheAddressTheyJoinedWith.

    It is the one that an invitation reached them at; and it is nobody else's here, so that a couple never shares one.
    """
    practice_id = practice_of(db)
    wanted = tokens.sign_in_address(practice_id, address)
    accepted = select(Invitation).where(
        Invitation.person_id == account.person_id, Invitation.accepted_at.is_not(None)
    )
    known = {
        (one.address_hash == tokens.address_hash(practice_id, one.couple_id, address))
        for one in db.scalars(accepted)
    }
    taken = exists().where(
        Account.address_hash == wanted, Account.closed_at.is_(None), Account.person_id != account.person_id
    )
    if True not in known or db.scalar(select(taken)):
        raise NotTheAddressTheyJoinedWith
    account.address_hash = wanted
    db.flush()


def end_means(db: Session, *, person_id: UUID, at: datetime) -> None:
    """All ways to sign in, all sign-ins, and all links that were mailed to set one up, are over at once."""
    for table in (Passkey, OneTimePassword, RecoveryCode, Password, OidcIdentity):
        db.execute(delete(table).where(table.person_id == person_id))
    db.execute(update(Account).where(Account.person_id == person_id).values(address_hash=None))
    replace_invitations(db, person_id, at)
    replace_links(db, person_id, at)
    end_sign_ins(db, person_id=person_id, at=at)


def replace_invitations(db: Session, person_id: UUID, at: datetime) -> None:
    """A partner's invitations that were not taken up yet stop working."""
    db.execute(
        update(Invitation)
        .where(
            Invitation.person_id == person_id,
            Invitation.accepted_at.is_(None),
            Invitation.replaced_at.is_(None),
        )
        .values(replaced_at=at)
    )


def replace_links(db: Session, person_id: UUID, at: datetime) -> None:
    """The links of a member of staff that were not followed yet stop working."""
    db.execute(
        update(PersonalLink)
        .where(
            PersonalLink.person_id == person_id,
            PersonalLink.used_at.is_(None),
            PersonalLink.replaced_at.is_(None),
        )
        .values(replaced_at=at)
    )
