"""One-time passwords by time (TOTP, RFC 6238: SHA-1, six digits, 30 s), with ten codes that stand in for one."""

import hmac
from datetime import datetime
from uuid import UUID

import pyotp
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from services.gateway.commands.means import (
    Here,
    check_is_partner,
    check_not_last,
    claim_address,
    locked_account,
    means_added,
    means_changed,
)
from services.gateway.domain import ProvedBy
from services.gateway.models import OneTimePassword, RecoveryCode
from services.gateway.problems import CodesInUse, CodeWrong
from services.gateway.tokens import RECOVERY_CODE, Tokens
from shared.audit.looks import concerning
from shared.db.tenancy import practice_of
from shared.errors import NotFound
from shared.ids import new_id

STEP_S = 30
DRIFT = 1
"""Steps that a phone's clock may be off, to either side."""
CODES = 10
_NOBODYS = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def begin_one_time_password(db: Session, *, person_id: UUID, at: datetime) -> UUID:
    """A new secret that counts once a code of it was right; its id. It takes the place of one that never did.

    Raises NotForStaff, and CodesInUse where there is one that counts already: that is removed first.
    """
    check_is_partner(locked_account(db, person_id))
    there = of_person(db, person_id)
    if there is not None and there.confirmed_at is not None:
        raise CodesInUse
    if there is not None:
        db.delete(there)
        db.flush()
    made = OneTimePassword(id=new_id(), person_id=person_id, made_at=at)
    made.seal(db, "secret", pyotp.random_base32(32))
    db.add(made)
    db.flush()
    concerning(db, about_id=person_id)
    return made.id


def confirm_one_time_password(db: Session, *, person_id: UUID, code: str, email: str, here: Here) -> UUID:
    """The person's app shows the right code: it counts from now on, with their address and ten codes; its id.

    Raises CodeWrong, NotFound, NotForStaff, NotTheAddressTheyJoinedWith.
    """
    account = locked_account(db, person_id)
    check_is_partner(account)
    waiting = of_person(db, person_id)
    if waiting is None or waiting.confirmed_at is not None:
        raise NotFound
    claim_address(db, account, email, here.tokens)
    if not _take(db, waiting, code, here.at):
        raise CodeWrong
    waiting.confirmed_at = here.at
    _replace_codes(db, waiting, here.tokens)
    means_added(db, here, person_id=person_id, proved_by=ProvedBy.ONE_TIME_PASSWORD)
    concerning(db, about_id=person_id)
    return waiting.id


def renew_codes(db: Session, *, person_id: UUID, here: Here) -> UUID:
    """Ten new codes; the ten before stop working. Raises NotSignedIn, and NotFound without a password that counts."""
    locked_account(db, person_id)
    found = of_person(db, person_id)
    if found is None or found.confirmed_at is None:
        raise NotFound
    again = OneTimePassword(
        id=new_id(), person_id=person_id, made_at=here.at, confirmed_at=here.at, last_step=found.last_step
    )
    again.seal(db, "secret", found.unseal(db, "secret"))
    db.delete(found)
    db.flush()
    db.add(again)
    db.flush()
    _replace_codes(db, again, here.tokens)
    means_changed(db, here, person_id=person_id)
    concerning(db, about_id=person_id)
    return again.id


def remove_one_time_password(db: Session, *, person_id: UUID, here: Here) -> UUID:
    """Forget it, and its codes. Returns the person's id. Raises NotFound, LastMeans, NotSignedIn."""
    locked_account(db, person_id)
    found = of_person(db, person_id)
    if found is None or found.confirmed_at is None:
        raise NotFound
    check_not_last(db, person_id)
    db.delete(found)
    db.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    means_changed(db, here, person_id=person_id)
    return person_id


def is_right_code(db: Session, *, person_id: UUID | None, code: str, at: datetime) -> bool:
    """Whether this is a code of the person's app, which is then used up. For nobody it takes as long, and is not."""
    found = of_person(db, person_id, lock=True) if person_id else None
    if found is None or found.confirmed_at is None:
        db.info["vault"].blind_index(db, "nobody's", code)  # a key is looked up, as it is for somebody
        _step_of(_NOBODYS, code, at)
        return False
    concerning(db, about_id=person_id)
    return _take(db, found, code, at)


def take_recovery_code(
    db: Session, *, person_id: UUID | None, code: str, tokens: Tokens, at: datetime
) -> bool:
    """Whether this is one of the person's codes that was not used yet. It is then."""
    owner = person_id or UUID(int=0)
    wanted = tokens.code_hash(RECOVERY_CODE, practice_of(db), owner, code)
    used = update(RecoveryCode).where(
        RecoveryCode.person_id == owner,
        RecoveryCode.code_hash == wanted,
        RecoveryCode.used_at.is_(None),
    )
    return db.execute(used.values(used_at=at).returning(RecoveryCode.id)).first() is not None


def recovery_codes(db: Session, made_for: UUID, tokens: Tokens) -> list[str]:
    """The ten codes that came with a one-time password, as they are shown once."""
    return [tokens.code(RECOVERY_CODE, practice_of(db), made_for, number) for number in range(CODES)]


def of_person(db: Session, person_id: UUID | None, *, lock: bool = False) -> OneTimePassword | None:
    """A person's one-time password, confirmed or not yet."""
    statement = select(OneTimePassword).where(OneTimePassword.person_id == person_id)
    if lock:  # two tries of the same code at the same moment: one of them is too late
        statement = statement.with_for_update()
    return db.scalars(statement.execution_options(populate_existing=True)).one_or_none()


def _replace_codes(db: Session, of: OneTimePassword, tokens: Tokens) -> None:
    db.execute(delete(RecoveryCode).where(RecoveryCode.person_id == of.person_id))
    practice_id = practice_of(db)
    db.add_all(
        RecoveryCode(
            person_id=of.person_id,
            code_hash=tokens.code_hash(RECOVERY_CODE, practice_id, of.person_id, code),
        )
        for code in recovery_codes(db, of.id, tokens)
    )
    db.flush()


def _take(db: Session, of: OneTimePassword, code: str, at: datetime) -> bool:
    """Use a code up. One of a step that was used, or of an earlier one, is not taken."""
    step = _step_of(of.unseal(db, "secret") or _NOBODYS, code, at)
    if step is None or step <= of.last_step:
        return False
    of.last_step = step
    db.flush()
    return True


def _step_of(secret: str, code: str, at: datetime) -> int | None:
    """The step whose code this is, of the three that are taken now. All are compared, whichever is right."""
    totp, now = pyotp.TOTP(secret, interval=STEP_S), int(at.timestamp()) // STEP_S
    typed = "".join(code.split()).encode()
    right = [
        step
        for step in range(now - DRIFT, now + DRIFT + 1)
        if hmac.compare_digest(totp.generate_otp(step).encode(), typed)
    ]
    return max(right, default=None)


def waiting_secret(db: Session, *, person_id: UUID, issuer: str) -> dict[str, str]:
    """The secret that waits for its first code: as a `uri` for an app's camera, and as a `key` to type.

    Raises NotFound once it counts: it is never shown again.
    """
    found = of_person(db, person_id)
    if found is None or found.confirmed_at is not None:
        raise NotFound
    secret = found.unseal(db, "secret") or ""
    concerning(db, about_id=person_id)
    uri = pyotp.TOTP(secret, interval=STEP_S).provisioning_uri(name=issuer, issuer_name=issuer)
    return {"uri": uri, "key": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))}
