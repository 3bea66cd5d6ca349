"""The bytes themselves: what is written today must still open in years."""

import hashlib
import hmac
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from shared.vault import Ciphertext, Place, SealBroken
from shared.vault.providers import KeyProvider, KeyUnknown, LocalKeys, name_of
from shared.vault.sealing import framed, generation_of, open_sealed, seal, seal_with

KEY = bytes(range(32))
WORDS = "We sat in silence. ñ 🌿"
PLACE = Place(UUID(int=1), UUID(int=2), "journal_entry", UUID(int=3), "text")
KNOWN = bytes.fromhex(
    "020001" + "00" * 32 + "eab228d715e5a12a5968719d9da1a289160bd9102d52d96cd38b11688ec36b5a" + "00" * 12
    + "074c9bdc93b05fb526e948047fbbdc0a80a3d5ba0e1de69e0e4a70e1403cbfa29a10dc2454518091297f"
)  # fmt: skip


def test_a_known_answer_is_still_given_and_still_opens() -> None:
    made = seal_with(WORDS, PLACE, key=KEY, generation=1, salt=bytes(32), nonce=bytes(12))
    assert made.hex() == KNOWN.hex()
    assert open_sealed(KNOWN, PLACE, key=KEY) == WORDS


def test_the_format_is_what_its_page_says() -> None:
    """Opened by hand, with a HKDF of the standard library."""
    sealed = seal(WORDS, PLACE, key=KEY, generation=258)
    salt, commitment, nonce, rest = sealed[3:35], sealed[35:67], sealed[67:79], sealed[79:]
    made = _hkdf_sha512(KEY, salt, b"attune vault record v2", 64)
    names = (str(UUID(int=1)), str(UUID(int=2)), "journal_entry", str(UUID(int=3)), "text", "1")
    place = b"".join(len(name).to_bytes(4, "big") + name.encode() for name in names)
    assert sealed[:3] == b"\x02\x01\x02"
    assert commitment == made[32:]
    assert AESGCMSIV(made[:32]).decrypt(nonce, rest, b"\x02\x01\x02" + place).decode() == WORDS


def test_rfc_8452_holds_for_the_cipher_we_use() -> None:
    key = bytes.fromhex("01" + "00" * 31)
    nonce = bytes.fromhex("03" + "00" * 11)
    plain = bytes.fromhex("0100000000000000")
    answer = "c2ef328e5c71c83b843122130f7364b761e0b97427e3df28"  # appendix C.2, 256-bit key, 8 bytes
    assert AESGCMSIV(key).encrypt(nonce, plain, b"").hex() == answer


@pytest.mark.P4
def test_another_key_or_a_changed_byte_breaks_the_seal() -> None:
    sealed = seal(WORDS, PLACE, key=KEY, generation=1)
    with pytest.raises(SealBroken):
        open_sealed(sealed, PLACE, key=bytes(32))
    for at in range(len(sealed)):
        changed = bytearray(sealed)
        changed[at] ^= 1
        with pytest.raises(SealBroken):
            open_sealed(bytes(changed), PLACE, key=KEY)
    for short in (b"", sealed[:50], sealed[:94], sealed[:-1], b"\x01" + sealed[1:]):
        with pytest.raises(SealBroken):
            open_sealed(short, PLACE, key=KEY)


def test_the_same_words_never_look_the_same() -> None:
    assert seal("mine", PLACE, key=KEY, generation=1) != seal("mine", PLACE, key=KEY, generation=1)


def test_a_ciphertext_says_its_generation_and_nothing_else_is_one() -> None:
    sealed = seal("", PLACE, key=KEY, generation=7)
    assert isinstance(sealed, Ciphertext)
    assert generation_of(sealed) == 7
    with pytest.raises(SealBroken):
        generation_of(b"plain words that somebody put here instead of a ciphertext, long enough to look like one "
                      b"and then some")  # fmt: skip


def test_names_joined_differently_are_different_places() -> None:
    assert framed("ab", "c") != framed("a", "bc") != framed("abc")


def test_a_key_is_known_by_its_name_alone() -> None:
    assert name_of(bytes(32)) == "k2a5edb6ba0ee6e98"  # rows in databases remember it
    assert name_of(KEY) == "k8d0000bd426a5107"
    keys: KeyProvider = LocalKeys(KEY, [bytes(32)])
    assert keys.current == name_of(KEY)
    assert keys.knows(name_of(bytes(32)))
    assert not keys.knows("k0000000000000000")


def test_a_wrapped_key_unwraps_by_name_and_context_only() -> None:
    older, both = LocalKeys(bytes(32)), LocalKeys(KEY, [bytes(32)])
    wrapped = older.wrap(b"a data key", b"whose it is")
    assert both.unwrap(older.current, wrapped, b"whose it is") == b"a data key"
    with pytest.raises(SealBroken):
        both.unwrap(older.current, wrapped, b"somebody else's")
    with pytest.raises(SealBroken):
        both.unwrap(both.current, wrapped, b"whose it is")
    with pytest.raises(SealBroken):
        both.unwrap(older.current, b"", b"whose it is")
    with pytest.raises(KeyUnknown):
        LocalKeys(KEY).unwrap(older.current, wrapped, b"whose it is")
    with pytest.raises(ValueError):
        LocalKeys(b"short")


def _hkdf_sha512(key: bytes, salt: bytes, label: bytes, size: int) -> bytes:
    secret = hmac.digest(salt, key, hashlib.sha512)
    made, block = b"", b""
    for number in range(1, -(-size // 64) + 1):
        block = hmac.digest(secret, block + label + bytes([number]), hashlib.sha512)
        made += block
    return made[:size]
