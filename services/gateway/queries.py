"""Views for reading: what a practice, a person, a sign-in and an invitation look like from outside."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from services.gateway import domain
from services.gateway.commands.keys import secret_of
from services.gateway.models import (
    Account,
    ApiKey,
    CareTeamMember,
    Invitation,
    PracticeDirectory,
    PracticeProfile,
    SignIn,
)
from services.gateway.tokens import SIGN_IN, Tokens
from shared.db.practice import current_practice, practice_now
from shared.db.tenancy import practice_of, set_practice
from shared.errors import NotFound
from shared.web.actor import STAFF


def practice_id_of(db: Session, slug: str) -> UUID | None:
    """The practice that a slug names; readable without a practice set."""
    return db.scalar(select(PracticeDirectory.practice_id).where(PracticeDirectory.slug == slug))


def is_practice(db: Session, practice_id: UUID) -> bool:
    """Whether there is such a practice; readable without a practice set."""
    known = select(PracticeDirectory.slug).where(PracticeDirectory.practice_id == practice_id)
    return db.scalar(known) is not None


def first_demo(db: Session) -> str | None:
    """The slug of the oldest demo practice: ids of practices are ordered by time."""
    oldest = select(PracticeDirectory.slug).where(PracticeDirectory.is_demo)
    return db.scalar(oldest.order_by(PracticeDirectory.practice_id).limit(1))


def practice_view(db: Session, practice_id: UUID) -> dict[str, Any]:
    """A practice; the transaction is moved into it."""
    set_practice(db, practice_id)
    profile = db.scalars(select(PracticeProfile)).one_or_none()
    if profile is None:
        raise NotFound
    known = current_practice(db)
    return {
        "practice_id": practice_id,
        "name": profile.name,
        "slug": profile.slug,
        "zone": known.zone,
        "is_demo": known.is_demo,
    }


def clock_view(db: Session, _: UUID | None = None) -> dict[str, Any]:
    """The practice's clock as its owner knows it."""
    return {"offset_s": current_practice(db).clock_offset_s, "now": practice_now(db)}


def account(db: Session, person_id: UUID) -> Account:
    """Raises NotFound for a person without a login here."""
    found = db.get(Account, person_id)
    if found is None:
        raise NotFound
    return found


def find_account(db: Session, person_id: UUID) -> Account | None:
    """A person's account, if there is one (an operator has none)."""
    return db.get(Account, person_id)


def staff(db: Session) -> list[Account]:
    """Everybody who works for the practice, by name."""
    return [one for one in people(db) if STAFF & set(one.roles)]


def people(db: Session) -> list[Account]:
    """Everybody with a login in this practice, by name; without one yet, last."""
    rows = db.scalars(select(Account).order_by(Account.display_name, Account.person_id))
    return list(rows)


def sign_in_view(db: Session, sign_in_id: UUID, *, tokens: Tokens, at: datetime) -> dict[str, Any]:
    """A sign-in with its token. Raises NotFound once it is over: a repeated request opens nothing again."""
    row = db.get(SignIn, sign_in_id)
    if row is None or not domain.is_sign_in_live(
        seen_at=row.seen_at, ends_at=row.ends_at, ended_at=row.ended_at, now=at
    ):
        raise NotFound
    practice_id = practice_of(db)
    return {
        "token": tokens.make(SIGN_IN, practice_id, sign_in_id),
        "practice_id": practice_id,
        "person_id": row.person_id,
        "roles": account(db, row.person_id).roles,
        "expires_at": row.ends_at,
    }


def invitation_view(db: Session, invitation_id: UUID, *, now: datetime) -> dict[str, Any]:
    """An invitation without its link, which only the message holds. Raises NotFound."""
    row = db.get(Invitation, invitation_id)
    if row is None:
        raise NotFound
    return as_view(row, now=now)


def open_invitations(now: datetime) -> Select[Any]:
    """Those that can still be taken up: whether their message was sent is for staff to see."""
    return select(Invitation).where(
        Invitation.accepted_at.is_(None), Invitation.replaced_at.is_(None), Invitation.expires_at > now
    )


def is_treating(db: Session, person_id: UUID, couple_id: UUID) -> bool:
    """Whether this person is in the couple's care team."""
    return db.get(CareTeamMember, (couple_id, person_id)) is not None


def as_view(row: Invitation, *, now: datetime) -> dict[str, Any]:
    """An invitation as staff see it at the practice's `now`."""
    state = domain.invitation_state(
        expires_at=row.expires_at, accepted_at=row.accepted_at, replaced_at=row.replaced_at, now=now
    )
    return {
        "invitation_id": row.id,
        "person_id": row.person_id,
        "contact_id": row.contact_id,
        "expires_at": row.expires_at,
        "state": state.value,
        "is_message_sent": row.is_message_sent,
    }


def keys(db: Session, *, at: datetime) -> list[dict[str, Any]]:
    """The practice's keys, newest first."""
    rows = db.scalars(select(ApiKey).order_by(ApiKey.made_at.desc(), ApiKey.id))
    return [_as_key(row, at=at) for row in rows]


def key(db: Session, key_id: UUID, *, at: datetime) -> dict[str, Any]:
    """One of them. Raises NotFound."""
    row = db.get(ApiKey, key_id)
    if row is None:
        raise NotFound
    return _as_key(row, at=at)


def made_key(db: Session, key_id: UUID, *, tokens: Tokens, at: datetime) -> dict[str, Any]:
    """A key that was made just now, with its secret: a while later without. Raises NotFound."""
    view = key(db, key_id, at=at)
    is_new = view["state"] == "open" and at < view["made_at"] + domain.SECRET_SHOWN
    return {**view, "secret": secret_of(tokens, practice_of(db), key_id) if is_new else None}


def _as_key(row: ApiKey, *, at: datetime) -> dict[str, Any]:
    is_live = domain.is_key_live(expires_at=row.expires_at, revoked_at=row.revoked_at, now=at)
    return {
        "key_id": row.id,
        "name": row.name,
        "prefix": row.prefix,
        "scopes": row.scopes,
        "made_at": row.made_at,
        "expires_at": row.expires_at,
        "used_at": row.used_at,
        "revoked_at": row.revoked_at,
        "state": "open" if is_live else "expired" if row.revoked_at is None else "revoked",
    }
