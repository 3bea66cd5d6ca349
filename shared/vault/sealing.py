"""AES-GCM-SIV (RFC 8452) per record, under a key and a commitment derived by HKDF-SHA512 from a fresh salt.

Format 2: 1 byte format, 2 bytes generation of the data key, 32 bytes salt, 32 bytes commitment, 12 bytes nonce,
ciphertext with its tag. The associated data is those first three bytes and the place (practice, owner, type,
record, field, version), so bytes moved elsewhere don't open.
"""

import hmac
import os
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FORMAT = 2
KEY = 32
_LABEL = b"attune vault record v2"
_SALT, _COMMITMENT, _NONCE = 32, 32, 12
_START = 3
_HEAD = _START + _SALT + _COMMITMENT + _NONCE
_TAG = 16


class SealBroken(Exception):
    """These bytes were not sealed for this place with this key, or they were changed."""


class Ciphertext(bytes):
    """What the vault sealed. A clinical column takes nothing else, so plain words can't be stored by mistake."""


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
        return framed(
            str(self.practice_id), str(self.owner_id), self.type, str(self.record_id), self.field,
            str(self.version),
        )  # fmt: skip


def framed(*parts: str) -> bytes:
    """The parts with their lengths: no two different lists give the same bytes."""
    return b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)


def seal(text: str, place: Place, *, key: bytes, generation: int) -> Ciphertext:
    """Ciphertext of `text` for `place` under a data key of 32 bytes and its generation (1 to 65535)."""
    return seal_with(
        text, place, key=key, generation=generation, salt=os.urandom(_SALT), nonce=os.urandom(_NONCE)
    )


def seal_with(
    text: str, place: Place, *, key: bytes, generation: int, salt: bytes, nonce: bytes
) -> Ciphertext:
    """As `seal`, with the random part given: for known answers only."""
    start = bytes([FORMAT]) + generation.to_bytes(2, "big")
    record_key, commitment = _derive(key, salt)
    sealed = AESGCMSIV(record_key).encrypt(nonce, text.encode(), start + place.associated_data())
    return Ciphertext(start + salt + commitment + nonce + sealed)


def generation_of(sealed: bytes) -> int:
    """The generation of the data key that sealed this. Raises SealBroken when no vault of ours did."""
    if len(sealed) < _HEAD + _TAG or sealed[0] != FORMAT:
        raise SealBroken
    return int.from_bytes(sealed[1:_START], "big")


def open_sealed(sealed: bytes, place: Place, *, key: bytes) -> str:
    """The text of a ciphertext of this very place. Raises SealBroken."""
    generation_of(sealed)
    salt, commitment = sealed[_START : _START + _SALT], sealed[_START + _SALT : _HEAD - _NONCE]
    record_key, expected = _derive(key, salt)
    if not hmac.compare_digest(commitment, expected):
        raise SealBroken
    try:
        plain = AESGCMSIV(record_key).decrypt(
            sealed[_HEAD - _NONCE : _HEAD], sealed[_HEAD:], sealed[:_START] + place.associated_data()
        )
    except InvalidTag as error:
        raise SealBroken from error
    return plain.decode()


def _derive(key: bytes, salt: bytes) -> tuple[bytes, bytes]:
    made = HKDF(hashes.SHA512(), KEY + _COMMITMENT, salt, _LABEL).derive(key)
    return made[:KEY], made[KEY:]
