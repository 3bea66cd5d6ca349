"""AES-GCM-SIV (RFC 8452) per record, under a key and a commitment derived by HKDF-SHA512 from a fresh salt.

Format: 1 byte version, 32 bytes salt, 32 bytes commitment, 12 bytes nonce, ciphertext with its tag. The
associated data names practice, owner, type, record, field and version, so bytes moved elsewhere don't open.
"""

import hmac
import os
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = b"\x01"
_SALT, _COMMITMENT, _NONCE = 32, 32, 12
_HEAD = len(_VERSION) + _SALT + _COMMITMENT + _NONCE


class SealBroken(Exception):
    """These bytes were not sealed for this place with this key, or they were changed."""


@dataclass(frozen=True)
class Place:
    """Where a private text lives: the only place in which its ciphertext opens."""

    practice_id: UUID
    owner_id: UUID
    type: str
    record_id: UUID
    field: str
    version: int = 1

    def associated_data(self) -> bytes:
        parts = (
            str(self.practice_id), str(self.owner_id), self.type, str(self.record_id), self.field,
            str(self.version),
        )  # fmt: skip
        return b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)


class Vault:
    """Seals and opens under one key-encryption key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        if len(key) != 32:
            raise ValueError("the vault's key has 32 bytes")
        self._key = key

    def seal(self, text: str, place: Place) -> bytes:
        """Ciphertext of `text` for `place`."""
        salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
        key, commitment = self._derive(salt)
        sealed = AESGCMSIV(key).encrypt(nonce, text.encode(), place.associated_data())
        return _VERSION + salt + commitment + nonce + sealed

    def open(self, sealed: bytes, place: Place) -> str:
        """The text of a ciphertext of this very place. Raises SealBroken."""
        sealed = bytes(sealed)
        if len(sealed) <= _HEAD or sealed[:1] != _VERSION:
            raise SealBroken
        salt = sealed[1 : 1 + _SALT]
        claimed = sealed[1 + _SALT : 1 + _SALT + _COMMITMENT]
        nonce = sealed[_HEAD - _NONCE : _HEAD]
        key, commitment = self._derive(salt)
        if not hmac.compare_digest(commitment, claimed):
            raise SealBroken
        try:
            return AESGCMSIV(key).decrypt(nonce, sealed[_HEAD:], place.associated_data()).decode()
        except InvalidTag as error:
            raise SealBroken from error

    def _derive(self, salt: bytes) -> tuple[bytes, bytes]:
        made = HKDF(hashes.SHA512(), 32 + _COMMITMENT, salt, b"attune vault record v1").derive(self._key)
        return made[:32], made[32:]
