"""A practice's OpenID provider, and who its staff are there.

Somebody is linked only from within a sign-in of their own: after a link that was sent to them, or with a means they
have. An address that the provider tells opens nothing: whoever runs a mailbox elsewhere must not become somebody here.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.orm import Session

from services.gateway.commands.accounts import start_sign_in
from services.gateway.commands.means import Here, check_not_last, locked_account, means_added, means_changed
from services.gateway.commands.sign_ins import renew_sign_in
from services.gateway.domain import ProvedBy
from services.gateway.models import Account, OidcIdentity, OidcProvider, SignIn
from services.gateway.openid import Client, Seen
from services.gateway.problems import ProviderNotThere, SignInRefused
from services.gateway.tokens import Tokens
from shared.db.tenancy import practice_of
from shared.errors import NotFound, NotSignedIn
from shared.events.gateway import StaffRole
from shared.ids import new_id


def set_provider(
    db: Session, *, issuer: str, client_id: str, client_secret: str, roles: list[StaffRole], at: datetime
) -> UUID:
    """Where these roles may sign in from now on, in place of any provider before; its id.

    Who was linked at another issuer is not linked any more.
    """
    practice_id = practice_of(db)
    db.execute(delete(OidcProvider))
    db.execute(delete(OidcIdentity).where(OidcIdentity.issuer != issuer))
    made = OidcProvider(
        id=new_id(),
        practice_id=practice_id,
        issuer=issuer,
        client_id=client_id,
        roles=sorted({role.value for role in roles}),
        set_at=at,
    )
    made.seal(db, "client_secret", client_secret)
    db.add(made)
    db.flush()
    return made.id


def the_provider(db: Session) -> tuple[OidcProvider, Client]:
    """The practice's provider, with its secret opened. Raises ProviderNotThere."""
    found = db.scalars(select(OidcProvider)).one_or_none()
    if found is None:
        raise ProviderNotThere
    secret = found.unseal(db, "client_secret") or ""
    return found, Client(found.practice_id, found.issuer, found.client_id, secret)


def sign_in_by_openid(db: Session, *, seen: Seen, tokens: Tokens, at: datetime, device: str | None) -> UUID:
    """Sign in who is linked to this subject; the sign-in's id. Raises SignInRefused, also for a role not allowed.

    It proves no more than the provider asked of them: one that let them through shows nothing.
    """
    provider = db.scalars(select(OidcProvider)).one_or_none()
    found = _linked(db, provider, seen.subject)
    if provider is None or found is None or not set(found.roles) & set(provider.roles):
        raise SignInRefused
    return start_sign_in(
        db,
        person_id=found.person_id,
        tokens=tokens,
        at=at,
        proved_by=ProvedBy.OPENID,
        proved_at=seen.proved_at(at),
        device=device,
    )


def prove_by_openid(db: Session, *, sign_in_id: UUID, seen: Seen, tokens: Tokens, at: datetime) -> UUID:
    """The person of a sign-in has signed in anew at the provider; the renewed sign-in's id. Raises SignInRefused."""
    sign_in = db.get(SignIn, sign_in_id)
    if sign_in is None:
        raise NotSignedIn
    found = _linked(db, db.scalars(select(OidcProvider)).one_or_none(), seen.subject)
    if found is None or found.person_id != sign_in.person_id:
        raise SignInRefused
    return renew_sign_in(
        db,
        sign_in_id=sign_in_id,
        proved_by=ProvedBy.OPENID,
        tokens=tokens,
        at=at,
        proved_at=seen.proved_at(at),
    )


def link_openid(db: Session, *, person_id: UUID, seen: Seen, here: Here) -> UUID:
    """Somebody signed in here is this subject at the provider; the link's id. Raises SignInRefused.

    A subject that is somebody else's here stays theirs.
    """
    account = locked_account(db, person_id)
    provider = db.scalars(select(OidcProvider)).one_or_none()
    if provider is None or not set(account.roles) & set(provider.roles):
        raise SignInRefused
    taken = exists().where(
        OidcIdentity.issuer == provider.issuer,
        or_(OidcIdentity.subject == seen.subject, OidcIdentity.person_id == person_id),
    )
    if db.scalar(select(taken)):
        raise SignInRefused
    made = OidcIdentity(
        id=new_id(), person_id=person_id, issuer=provider.issuer, subject=seen.subject, linked_at=here.at
    )
    db.add(made)
    db.flush()
    means_added(db, here, person_id=person_id, proved_by=ProvedBy.OPENID, proved_at=seen.proved_at(here.at))
    return made.id


def unlink_openid(db: Session, *, person_id: UUID, here: Here) -> UUID:
    """Sign in at the provider no more. The person's id. Raises NotFound, LastMeans, NotSignedIn."""
    locked_account(db, person_id)
    found = db.scalars(select(OidcIdentity).where(OidcIdentity.person_id == person_id)).one_or_none()
    if found is None:
        raise NotFound
    check_not_last(db, person_id)
    db.delete(found)
    db.flush()
    means_changed(db, here, person_id=person_id)
    return person_id


def _linked(db: Session, provider: OidcProvider | None, subject: str) -> Account | None:
    if provider is None:
        return None
    statement = (
        select(Account)
        .join(OidcIdentity, OidcIdentity.person_id == Account.person_id)
        .where(
            OidcIdentity.issuer == provider.issuer,
            OidcIdentity.subject == subject,
            Account.closed_at.is_(None),
        )
    )
    return db.scalars(statement).one_or_none()
