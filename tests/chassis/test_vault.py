"""A ciphertext opens only in its own place, whole and unchanged (rule P4)."""

import dataclasses
from uuid import uuid4

import pytest

from shared.vault import Place, SealBroken, Vault

pytestmark = pytest.mark.P4
PLACE = Place(uuid4(), uuid4(), "journal_entry", uuid4(), "text")
ELSEWHERE = {
    "practice_id": uuid4(),
    "owner_id": uuid4(),
    "type": "check_in",
    "record_id": uuid4(),
    "field": "mood",
    "version": 2,
}


def test_what_was_sealed_opens_in_its_place() -> None:
    vault = Vault(bytes(range(32)))
    for text in ("", "a", "We sat in silence. ñ 🌿" * 500):
        assert vault.open(vault.seal(text, PLACE), PLACE) == text


@pytest.mark.parametrize("part", ELSEWHERE)
def test_it_opens_nowhere_else(part: str) -> None:
    vault = Vault(bytes(range(32)))
    sealed = vault.seal("mine", PLACE)
    with pytest.raises(SealBroken):
        vault.open(sealed, dataclasses.replace(PLACE, **{part: ELSEWHERE[part]}))


def test_another_key_or_a_changed_byte_breaks_the_seal() -> None:
    vault = Vault(bytes(range(32)))
    sealed = vault.seal("mine", PLACE)
    with pytest.raises(SealBroken):
        Vault(bytes(32)).open(sealed, PLACE)
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises(SealBroken):
            vault.open(bytes(changed), PLACE)
    for short in (b"", sealed[:50], sealed[:-1]):
        with pytest.raises(SealBroken):
            vault.open(short, PLACE)


def test_the_same_words_never_look_the_same() -> None:
    vault = Vault(bytes(range(32)))
    assert vault.seal("mine", PLACE) != vault.seal("mine", PLACE)
