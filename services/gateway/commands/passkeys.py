"""Passkeys: WebAuthn ceremonies (level 3) with discoverable credentials and the person verified by their device."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import webauthn
from sqlalchemy import exists, select
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from services.gateway.commands.challenges import PROVE, REGISTER, SIGN_IN, take_challenge
from services.gateway.commands.means import Here, check_not_last, locked_account, means_added, means_changed
from services.gateway.domain import ProvedBy
from services.gateway.models import Account, Challenge, Passkey
from services.gateway.problems import PasskeyRefused, SignInRefused
from shared.errors import NotFound

_MOST = 20
"""Passkeys of one person: more is a mistake, or a flood."""


@dataclass(frozen=True)
class RelyingParty:
    """Who asks for a passkey: the platform's host, and the one origin whose pages may."""

    id: str
    origin: str
    name: str


def registration_options(
    db: Session, challenge_id: UUID, *, person_id: UUID, label: str, party: RelyingParty
) -> dict[str, Any]:
    """What the browser's `navigator.credentials.create` needs, as JSON. Raises NotFound."""
    mine = db.scalars(select(Passkey.credential_id).where(Passkey.person_id == person_id))
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        user_id=person_id.bytes,
        user_name=label,
        user_display_name=label,
        challenge=_secret(db, challenge_id),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=bytes(one)) for one in mine],
    )
    return _as_json(options)


def authentication_options(
    db: Session, challenge_id: UUID, *, party: RelyingParty, person_id: UUID | None = None
) -> dict[str, Any]:
    """What `navigator.credentials.get` needs: of anybody's passkeys, or of one person's who is signed in."""
    mine = select(Passkey.credential_id).where(Passkey.person_id == person_id)
    allowed = [] if person_id is None else [bytes(one) for one in db.scalars(mine)]
    options = webauthn.generate_authentication_options(
        rp_id=party.id,
        challenge=_secret(db, challenge_id),
        allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in allowed],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _as_json(options)


def add_passkey(
    db: Session,
    *,
    person_id: UUID,
    challenge_id: UUID,
    name: str,
    credential: dict[str, Any],
    party: RelyingParty,
    here: Here,
) -> UUID:
    """Keep a passkey that answered the challenge; its id. Raises PasskeyRefused, SignInRefused."""
    locked_account(db, person_id)
    taken = take_challenge(db, challenge_id, purpose=REGISTER, person_id=person_id, at=here.at)
    try:
        verified = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=taken.secret,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError) as error:
        raise PasskeyRefused from error
    mine = db.scalars(select(Passkey.id).where(Passkey.person_id == person_id)).all()
    known = exists().where(Passkey.credential_id == verified.credential_id)
    if len(mine) >= _MOST or db.scalar(select(known)):
        raise PasskeyRefused
    made = Passkey(
        person_id=person_id,
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        name=name,
        added_at=here.at,
    )
    db.add(made)
    db.flush()
    means_added(db, here, person_id=person_id, proved_by=ProvedBy.PASSKEY)
    return made.id


def check_passkey(
    db: Session,
    *,
    challenge_id: UUID,
    credential: dict[str, Any],
    party: RelyingParty,
    at: datetime,
    person_id: UUID | None = None,
) -> UUID:
    """Whose passkey answered the challenge: anybody's, or the very person's who is signed in.

    Raises SignInRefused, whatever was wrong: no such passkey, challenge, origin, signature, or a count of
    signatures that did not go on (somebody may have copied the key).
    """
    purpose = SIGN_IN if person_id is None else PROVE
    taken = take_challenge(db, challenge_id, purpose=purpose, person_id=person_id, at=at)
    try:
        credential_id = base64url_to_bytes(credential["id"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SignInRefused from error
    statement = (
        select(Passkey, Account)
        .join(Account, Account.person_id == Passkey.person_id)
        .where(Passkey.credential_id == credential_id, Account.closed_at.is_(None))
        .with_for_update(of=Passkey)
    )
    found = db.execute(statement.execution_options(populate_existing=True)).one_or_none()
    if found is None or (person_id is not None and found[0].person_id != person_id):
        raise SignInRefused
    passkey: Passkey = found[0]
    try:
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=taken.secret,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
        _check_user_handle(credential, passkey.person_id)
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError) as error:
        raise SignInRefused from error
    passkey.sign_count, passkey.used_at = verified.new_sign_count, at
    db.flush()
    return passkey.person_id


def remove_passkey(db: Session, *, person_id: UUID, passkey_id: UUID, here: Here) -> UUID:
    """Forget one of one's own passkeys; its id. Raises NotFound, LastMeans, NotSignedIn."""
    locked_account(db, person_id)
    found = db.get(Passkey, passkey_id)
    if found is None or found.person_id != person_id:
        raise NotFound
    check_not_last(db, person_id)
    db.delete(found)
    db.flush()
    means_changed(db, here, person_id=person_id)
    return passkey_id


def _check_user_handle(credential: dict[str, Any], person_id: UUID) -> None:
    """A discoverable credential says whose it is: it must be the one we know it as."""
    handle = credential["response"].get("userHandle")
    if handle is not None and base64url_to_bytes(handle) != person_id.bytes:
        raise ValueError("another person's handle")


def _secret(db: Session, challenge_id: UUID) -> bytes:
    found = db.get(Challenge, challenge_id)
    if found is None:
        raise NotFound
    return bytes(found.secret)


def _as_json(options: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return made
