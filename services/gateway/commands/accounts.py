"""Accounts and sign-ins."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from services.gateway import domain
from services.gateway.models import Account, SignIn
from services.gateway.tokens import SIGN_IN, Tokens, digest
from shared.audit.by_workers import changed
from shared.db.practice import current_practice
from shared.db.tenancy import practice_of
from shared.errors import NotFound
from shared.events.gateway import StaffJoined, StaffRole
from shared.ids import new_id, shown_id
from shared.path import outbox

_KEPT = timedelta(days=1)


def join_staff(
    db: Session, *, display_name: str, roles: list[StaffRole], contact_id: UUID, at: datetime
) -> UUID:
    """An account for somebody who works here; their address lies in notify under `contact_id`. The person's id.

    There is no way to sign in to it until they followed a link and set one up.
    """
    person_id = shown_id()
    db.add(
        Account(
            person_id=person_id,
            display_name=display_name,
            roles=sorted(roles),
            joined_at=at,
            contact_id=contact_id,
        )
    )
    changed(db, "account", record_id=person_id, about_id=person_id)
    outbox.record(db, StaffJoined(person_id=person_id, roles=tuple(sorted(roles)), contact_id=contact_id))
    return person_id


def sign_in_to_demo(
    db: Session, *, person_id: UUID, tokens: Tokens, at: datetime, device: str | None = None
) -> UUID:
    """Sign in without any proof, which only a demo practice allows. Raises NotFound anywhere else."""
    account = db.get(Account, person_id)
    if not current_practice(db).is_demo or account is None or account.closed_at is not None:
        raise NotFound
    return start_sign_in(db, person_id=person_id, tokens=tokens, at=at, device=device)


def start_sign_in(
    db: Session,
    *,
    person_id: UUID,
    tokens: Tokens,
    at: datetime,
    proved_by: domain.ProvedBy = domain.ProvedBy.DEMO,
    proved_at: datetime | None = None,
    device: str | None = None,
    is_setting_up: bool = False,
) -> UUID:
    """A new sign-in at the real time `at`; its id. What is long over is forgotten on the way.

    One that `is_setting_up` may only set up a first means of sign-in, and does not last.
    """
    db.execute(delete(SignIn).where(SignIn.ends_at < at - _KEPT))
    sign_in_id = new_id()
    token = tokens.make(SIGN_IN, practice_of(db), sign_in_id)
    db.add(
        SignIn(
            id=sign_in_id,
            person_id=person_id,
            token_hash=digest(token),
            started_at=at,
            seen_at=at,
            ends_at=at + (domain.SETTING_UP_LASTS if is_setting_up else domain.LONGEST),
            proved_at=proved_at or at,
            proved_by=proved_by,
            device=device,
            is_setting_up=is_setting_up,
        )
    )
    db.flush()
    return sign_in_id


def owner_of_sign_in(db: Session, *, token_hash: bytes) -> UUID | None:
    """Whose a sign-in is or was: it may be over, but not long ago."""
    return db.scalars(select(SignIn.person_id).where(SignIn.token_hash == token_hash)).one_or_none()


def live_sign_in(db: Session, *, token_hash: bytes, at: datetime) -> tuple[SignIn, Account] | None:
    """The sign-in of a token and whose it is, when it still counts; notes that it was used just now."""
    found = db.execute(
        select(SignIn, Account)
        .join(Account, Account.person_id == SignIn.person_id)
        .where(SignIn.token_hash == token_hash, Account.closed_at.is_(None))
    ).one_or_none()
    if found is None:
        return None
    sign_in, account = found
    if not domain.is_sign_in_live(
        seen_at=sign_in.seen_at, ends_at=sign_in.ends_at, ended_at=sign_in.ended_at, now=at
    ):
        return None
    if at - sign_in.seen_at >= domain.SEEN_STEP:
        db.execute(update(SignIn).where(SignIn.id == sign_in.id).values(seen_at=at))
    return sign_in, account


def sign_out(db: Session, *, sign_in_id: UUID, at: datetime) -> UUID:
    """End a sign-in at once. Ending it again changes nothing. Returns whose it was."""
    row = db.execute(select(SignIn).where(SignIn.id == sign_in_id).with_for_update()).scalar_one()
    row.ended_at = row.ended_at or at
    return row.person_id


def learn_name(db: Session, *, person_id: UUID, display_name: str) -> None:
    """Keep a partner's name as intake told it. Repeating it changes nothing."""
    db.execute(update(Account).where(Account.person_id == person_id).values(display_name=display_name))
