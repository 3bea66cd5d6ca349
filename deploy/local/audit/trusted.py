"""Whose signatures count: the platform's own key, or those that an auditor brings along."""

from collections.abc import Sequence
from pathlib import Path

from deploy.local.errors import UserError
from deploy.local.events.access import Access
from shared.audit.signing import Keys, KeyUnusable, keys_from, public_pem


def public_key(access: Access) -> bytes:
    """The platform's own public key, PEM. Raises UserError when this place does not have the key."""
    if access.audit_private is None:
        raise UserError("ATTUNE_AUDIT_KEY is not set here: name the public key with --key FILE")
    try:
        return public_pem(access.audit_private)
    except KeyUnusable as error:
        raise UserError("ATTUNE_AUDIT_KEY must be an Ed25519 private key in PEM") from error


def trusted_keys(access: Access, files: Sequence[Path]) -> Keys:
    """The keys in `files`, or the platform's own. Raises UserError naming a file that is no public key."""
    if not files:
        return keys_from([public_key(access)])
    keys: dict[str, object] = {}
    for file in files:
        try:
            keys |= keys_from([file.read_bytes()])
        except OSError as error:
            raise UserError(f"the key {file} can't be read: {error.strerror}") from error
        except KeyUnusable as error:
            raise UserError(f"{file} holds no Ed25519 public key in PEM") from error
    return keys  # type: ignore[return-value]
