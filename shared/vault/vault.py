"""The vault as commands and queries use it, carried by every transaction in `db.info["vault"]`."""

import hashlib
import hmac
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.orm import Session

from shared.db.tenancy import practice_of
from shared.vault.data_keys import DataKeys, Holder
from shared.vault.ledger import ErasureLedger
from shared.vault.providers import KeyProvider
from shared.vault.sealing import KEY, Ciphertext, Place, generation_of, open_sealed, seal

_INDEX = "index"
_INDEX_SIZE = 16


class Vault:
    """Seals and opens private words under their owner's own key of a class of data."""

    def __init__(self, provider: KeyProvider, ledger: ErasureLedger | None = None) -> None:
        """`ledger`: where erasures are written down outside the database; None: nowhere."""
        self.provider = provider
        self.ledger = ledger
        self._keys = DataKeys(provider)

    def seal(self, db: Session, words: str, place: Place, data_class: str) -> Ciphertext:
        """Ciphertext for `place`, under its owner's newest key. Raises WordsErased when that was destroyed."""
        generation, key = self._keys.newest(db, _holder(place, data_class))
        return seal(words, place, key=key, generation=generation)

    def open(self, db: Session, sealed: bytes, place: Place, data_class: str) -> str:
        """The words of a ciphertext of this very place. Raises WordsErased, SealBroken."""
        key = self._keys.of(db, _holder(place, data_class), generation_of(sealed))
        return open_sealed(sealed, place, key=key)

    def is_newest(self, db: Session, sealed: bytes, place: Place, data_class: str) -> bool:
        """Whether a ciphertext is in today's format and under its owner's newest key. Raises as `open` does."""
        return generation_of(sealed) == self._keys.newest(db, _holder(place, data_class))[0]

    def has_key(self, db: Session, owner_id: UUID, data_class: str) -> bool:
        """Whether an owner has a key in this practice that was not destroyed."""
        return self._keys.is_there(db, Holder.here(db, owner_id, data_class))

    def renew_key(self, db: Session, owner_id: UUID, data_class: str) -> int:
        """Give an owner a new key in this practice; returns its generation. Raises WordsErased."""
        return self._keys.renew(db, Holder.here(db, owner_id, data_class))

    def blind_index(self, db: Session, purpose: str, value: str) -> bytes:
        """16 bytes by which equal values of one practice and purpose are found, and which tell nothing else.

        Normalise the value first. The key is a data key of the practice itself, so it stays when the
        key-encryption key changes.
        """
        practice_id = practice_of(db)
        _, root = self._keys.newest(db, Holder(practice_id, practice_id, _INDEX))
        label = b"attune vault index v1 " + purpose.encode()
        key = HKDF(hashes.SHA256(), KEY, None, label).derive(root)
        return hmac.digest(key, value.encode(), hashlib.sha256)[:_INDEX_SIZE]


def _holder(place: Place, data_class: str) -> Holder:
    return Holder(place.practice_id, place.owner_id, data_class)
