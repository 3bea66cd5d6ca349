"""Checkpoints: an Ed25519 signature over how far a chain goes, by a key that is not in the database."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from shared.audit.canonical import framed


class KeyUnusable(ValueError):
    """This is no Ed25519 key in PEM."""


@dataclass(frozen=True)
class Checkpoint:
    """At `at` the chain of a service ended with this sequence and this hash."""

    sequence: int
    hash: bytes
    at: datetime
    key_name: str
    signature: bytes

    def message(self, service: str) -> bytes:
        """What is signed."""
        return framed("attune-audit-checkpoint-1", service, self.sequence, self.hash, self.at, self.key_name)


class Signer:
    """Signs checkpoints; only workers have the key."""

    def __init__(self, private_pem: bytes) -> None:
        """Raises KeyUnusable."""
        self._key = _private(private_pem)
        self.key_name = name_of(self._key.public_key())

    def sign(self, service: str, sequence: int, hash_: bytes, at: datetime) -> Checkpoint:
        unsigned = Checkpoint(sequence, hash_, at, self.key_name, b"")
        signature = self._key.sign(unsigned.message(service))
        return Checkpoint(sequence, hash_, at, self.key_name, signature)


Keys = Mapping[str, Ed25519PublicKey]
"""Name → key: those whose signatures count. A platform that changed its key names the older ones too."""


def public_pem(private_pem: bytes) -> bytes:
    """The public half, as auditors get it. Raises KeyUnusable."""
    return _private(private_pem).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def keys_from(public_pems: Iterable[bytes]) -> Keys:
    """Keys by their names. Raises KeyUnusable."""
    keys = [_public(pem) for pem in public_pems]
    return {name_of(key): key for key in keys}


def name_of(key: Ed25519PublicKey) -> str:
    """A short name, made from the key itself."""
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def is_signed(checkpoint: Checkpoint, service: str, keys: Keys) -> bool:
    """Whether one of these keys signed it for this service."""
    key = keys.get(checkpoint.key_name)
    if key is None:
        return False
    try:
        key.verify(checkpoint.signature, checkpoint.message(service))
    except InvalidSignature:
        return False
    return True


def _private(pem: bytes) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyUnusable from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable
    return key


def _public(pem: bytes) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyUnusable from error
    if not isinstance(key, Ed25519PublicKey):
        raise KeyUnusable
    return key
