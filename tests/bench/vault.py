"""Sealing and opening 4 KiB beside bare AES-GCM-SIV under one key: the price of a key per record and of its place.

Without the database: a transaction reads a person's key once, whatever it seals.
"""

import os
import time
from collections.abc import Callable, Mapping
from uuid import uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from shared.vault.sealing import Place, open_sealed, seal

RECORDS = int(os.environ.get("ATTUNE_BENCH_RECORDS", "5000"))
WORDS = "a" * 4096
_PLACE = Place(uuid4(), uuid4(), "journal_entry", uuid4(), "text")
_KEY = bytes(range(32))


def vault_seal() -> float:
    """Seconds for RECORDS records."""
    return _timed(lambda: seal(WORDS, _PLACE, key=_KEY, generation=1))


def vault_seal_limit() -> float:
    bare, words = AESGCMSIV(_KEY), WORDS.encode()
    return _timed(lambda: bare.encrypt(os.urandom(12), words, None))


def vault_open() -> float:
    sealed = seal(WORDS, _PLACE, key=_KEY, generation=1)
    return _timed(lambda: open_sealed(sealed, _PLACE, key=_KEY))


def vault_open_limit() -> float:
    bare, nonce = AESGCMSIV(_KEY), os.urandom(12)
    sealed = bare.encrypt(nonce, WORDS.encode(), None)
    return _timed(lambda: bare.decrypt(nonce, sealed, None).decode())


FIGURES: Mapping[str, tuple[Callable[[], float], Callable[[], float]]] = {
    "vault_seal_per_s": (vault_seal, vault_seal_limit),
    "vault_open_per_s": (vault_open, vault_open_limit),
}
"""Each figure with what does the same by hand."""


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    for _ in range(RECORDS):
        work()
    return time.perf_counter() - begun
