"""Who holds the key-encryption keys: our own settings now, a key management service when there is one."""

import os
from collections.abc import Sequence
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.vault.sealing import KEY, SealBroken

_NONCE = 12


class KeyUnknown(Exception):
    """No key of this name is at hand. The name is no secret."""


class KeyProvider(Protocol):
    """Wraps data keys. A key never leaves it; whoever asks knows names alone."""

    @property
    def current(self) -> str:
        """Name of the key that wraps from now on."""
        ...

    def knows(self, name: str) -> bool:
        """Whether what this key wrapped can be unwrapped."""
        ...

    def wrap(self, plain: bytes, context: bytes) -> bytes:
        """`plain` under the current key; it unwraps with the same context only."""
        ...

    def unwrap(self, name: str, wrapped: bytes, context: bytes) -> bytes:
        """Raises KeyUnknown, or SealBroken when the bytes or the context are others."""
        ...


class LocalKeys:
    """Keys from environment or file. A key's name is derived from it, so it needs no list of names."""

    def __init__(self, current: bytes, before: Sequence[bytes] = ()) -> None:
        """Keys of 32 bytes: the current one, and older ones that only unwrap."""
        if any(len(key) != KEY for key in (current, *before)):
            raise ValueError(f"a key of the vault has {KEY} bytes")
        self.current = name_of(current)
        self._wrapping = {name_of(key): _derived(key, b"attune vault wrap v1") for key in (*before, current)}

    def knows(self, name: str) -> bool:
        return name in self._wrapping

    def wrap(self, plain: bytes, context: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + AESGCMSIV(self._wrapping[self.current]).encrypt(nonce, plain, context)

    def unwrap(self, name: str, wrapped: bytes, context: bytes) -> bytes:
        if name not in self._wrapping:
            raise KeyUnknown(name)
        try:
            return AESGCMSIV(self._wrapping[name]).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], context)
        except (InvalidTag, ValueError) as error:
            raise SealBroken from error


def name_of(key: bytes) -> str:
    """The name by which rows remember the key that wrapped them."""
    return "k" + _derived(key, b"attune vault key name v1", 8).hex()


def _derived(key: bytes, label: bytes, size: int = KEY) -> bytes:
    return HKDF(hashes.SHA512(), size, None, label).derive(key)
