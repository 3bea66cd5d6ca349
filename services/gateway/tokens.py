"""Secrets handed to people: made from a row's id under a key of the gateway, so a repeated request gets the same.

The key is derived from one that no other service has: the gateway's vault key, or when that is changed one
that stays (ATTUNE_TOKEN_KEY).
A token names its practice, because row-level security shows no row before the practice is set, and carries 32
bytes of HMAC-SHA256 over the row's id. Only its SHA-256 is kept: the database alone signs nobody in.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.gateway.domain import normal_address

_LABEL = b"attune gateway tokens v1"
SIGN_IN, INVITATION, STAFF_LINK = b"sign-in", b"invitation", b"staff-link"
RECOVERY_DEVICE, RECOVERY_LINK = b"recovery-device", b"recovery-link"
RECOVERY_CODE, RECOVERY_IN_PERSON = b"recovery-code", b"recovery-in-person"
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: nothing that is read as something else."""
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": "", " ": ""})
_MAC = 32


@dataclass(frozen=True)
class Parsed:
    """What a well-formed token says; whether it is a real one only its row tells."""

    practice_id: UUID
    digest: bytes


class Tokens:
    """Makes tokens, the keys of composed calls, and what is kept of an invitation's address; marks devices."""

    def __init__(self, root: bytes) -> None:
        self._key = HKDF(hashes.SHA512(), 32, None, _LABEL).derive(root)

    def key_for(self, purpose: bytes) -> bytes:
        """A key for one purpose, from which no other can be learnt."""
        return self._mac(b"key", purpose)

    def make(self, kind: bytes, practice_id: UUID, row_id: UUID) -> str:
        """The token of a row: the same each time."""
        mac = self._mac(b"token", kind, practice_id.bytes, row_id.bytes)
        return _written(practice_id.bytes + mac)

    def sub_key(self, *parts: str) -> str:
        """An Idempotency-Key for one call of a composition, made from the caller's own."""
        return self._mac(b"sub-key", *(part.encode() for part in parts)).hex()

    def address_hash(self, practice_id: UUID, couple_id: UUID, address: str) -> bytes:
        """Tells whether two addresses within one couple are the same, and nothing across couples."""
        same = normal_address(address).encode()
        return self._mac(b"address", practice_id.bytes, couple_id.bytes, same)

    def sign_in_address(self, practice_id: UUID, address: str) -> bytes:
        """By which an address that somebody signs in with is found within one practice."""
        return self._mac(b"sign-in address", practice_id.bytes, normal_address(address).encode())

    def origin(self, practice_id: UUID, what: bytes) -> bytes:
        """Tells whether two tries came to the same account or from the same place, and nothing across practices."""
        return self._mac(b"tries", practice_id.bytes, what)

    def device(self, practice_id: UUID, device: bytes) -> str:
        """What a browser keeps of the 16 random bytes that stand for it in one practice."""
        return _written(device + self._mac(b"device", practice_id.bytes, device))

    def read_device(self, practice_id: UUID, kept: str) -> bytes | None:
        """Those bytes, when they are of this practice; None when they can't be."""
        raw = _read(kept)
        device = raw[:16]
        mac = self._mac(b"device", practice_id.bytes, device)
        return device if len(raw) == 16 + _MAC and hmac.compare_digest(raw[16:], mac) else None

    def code(self, kind: bytes, practice_id: UUID, row_id: UUID, number: int = 0) -> str:
        """A code of ten letters (50 bits) for a person to read or keep: the same each time."""
        mac = self._mac(b"code", kind, practice_id.bytes, row_id.bytes, number.to_bytes(2, "big"))
        bits = int.from_bytes(mac[:7], "big")
        return "".join(_LETTERS[bits >> shift & 31] for shift in range(0, 50, 5))

    def code_hash(self, kind: bytes, practice_id: UUID, owner_id: UUID, code: str) -> bytes:
        """What is kept of a code: keyed, since 50 bits alone could be searched."""
        return self._mac(b"code hash", kind, practice_id.bytes, owner_id.bytes, read_code(code).encode())

    def _mac(self, *parts: bytes) -> bytes:
        mac = hmac.new(self._key, digestmod=hashlib.sha256)
        for part in parts:
            mac.update(len(part).to_bytes(4, "big"))
            mac.update(part)
        return mac.digest()


def read_code(typed: str) -> str:
    """A code as it was meant: without blanks and hyphens, capitals, and what looks alike taken as one."""
    return typed.upper().translate(_READ_AS)


def digest(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


def parse(token: str) -> Parsed | None:
    """A token's practice and digest; None when it can't be one."""
    raw = _read(token)
    if len(raw) != 16 + _MAC:
        return None
    return Parsed(UUID(bytes=raw[:16]), digest(token))


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _read(written: str) -> bytes:
    """What was written; empty when it was not so."""
    try:
        return base64.b64decode(written + "=" * (-len(written) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
