"""The platform's secrets on one machine: made once, kept in DATA/keys (files 0600), never made anew.

A new key in place of a lost one would look like a working start while everything sealed under the old one
stays shut for good, so a missing or damaged file ends the start with a line that names it.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from deploy.local.errors import UserError
from deploy.local.files import sync_folder, write_whole
from shared.settings import SERVICES

_PRIVATE = "actor_private.pem"
_PUBLIC = "actor_public.pem"
_AUDIT = "audit_private.pem"
# From the first renewal of the gateway's vault key on: what people's tokens were made from, and are.
_TOKEN = "token.key"  # noqa: S105  (a file's name)
_SUMS = "sums.json"  # SHA-256 of every file: a changed digit would else go unnoticed until a vault stays shut
_HEX = (
    "event.key",
    "cursor.key",
    "database.key",
    "operator.key",
    *(f"vault_{name}.key" for name in SERVICES),
)


@dataclass(frozen=True, kw_only=True, repr=False)
class Keys:
    """Every secret of one platform. No repr: it would print them."""

    event: bytes
    cursor: bytes
    vaults: Mapping[str, bytes]  # service -> 32 bytes
    vaults_before: Mapping[str, Sequence[bytes]]  # service -> older keys, the newest of them first
    token: bytes | None  # None: the gateway's tokens are made from its vault key, which was never renewed
    actor_private: bytes  # PEM
    actor_public: bytes  # PEM
    audit_private: bytes  # PEM
    operator: str
    database: bytes

    def password(self, role: str) -> str:
        """The password of a database role: derived, so that a new role needs no new file."""
        digest = hmac.new(self.database, f"attune database role {role}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def open_keys(folder: Path, *, may_make: bool) -> Keys:
    """Read the keys in `folder`; make them first when there are none and `may_make` (a new data folder).

    Raises UserError naming the file that is missing or damaged.
    """
    if not folder.exists():
        if not may_make:
            raise UserError(
                f"{folder} is missing: without these keys the data here can't be opened; restore it"
            )
        _make(folder)
    return _read(folder)


def _make(folder: Path) -> None:
    """Write all keys aside, then move the folder in place: there are all of them or none."""
    new = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    files = _new_texts()
    files[_SUMS] = json.dumps({name: _sum(text) for name, text in files.items()}, indent=1) + "\n"
    for name, text in files.items():
        write_whole(new / name, text)
    os.rename(new, folder)
    sync_folder(folder.parent)


def fresh_keys() -> Keys:
    """New keys that lie nowhere yet. People's tokens have a key of their own from the start."""
    made = _keys(Path(), _new_texts(), before=dict.fromkeys(SERVICES, ()))
    return replace(made, token=secrets.token_bytes(32))


def actor_public_of(private: str) -> str:
    """The public half (PEM) of an actor's private key (PEM)."""
    return _public_pem(_private(Path(), _PRIVATE, {_PRIVATE: private})).decode()


def _new_texts() -> dict[str, str]:
    """What a new folder's files hold, by name."""
    private = Ed25519PrivateKey.generate()
    files = {name: secrets.token_hex(32) + "\n" for name in _HEX}
    files[_PRIVATE] = _private_pem(private)
    files[_AUDIT] = _private_pem(Ed25519PrivateKey.generate())
    files[_PUBLIC] = _public_pem(private).decode()
    return files


def _read(folder: Path) -> Keys:
    try:
        sums = json.loads(text_of_key(folder, _SUMS))
        if _AUDIT not in sums:
            _add_audit_key(folder, sums)
        if _TOKEN not in sums and (before := _before(folder, "gateway")):
            _keep_token_key(folder, sums, before[-1])  # renewed by a version that did not keep it
        kept = (_TOKEN,) if _TOKEN in sums else ()
        expected = {name: _known(sums[name]) for name in (*_HEX, _PRIVATE, _PUBLIC, _AUDIT, *kept)}
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(folder, _SUMS) from error
    texts = {name: text_of_key(folder, name) for name in expected}
    for name, text in texts.items():
        if _sum(text) not in expected[name]:
            raise _damaged(folder, name)
    if _public_pem(_private(folder, _PRIVATE, texts)).decode() != texts[_PUBLIC]:
        raise _damaged(folder, _PUBLIC)
    _private(folder, _AUDIT, texts)
    return _keys(folder, texts, before={name: _before(folder, name) for name in SERVICES})


def _keys(folder: Path, texts: Mapping[str, str], *, before: Mapping[str, Sequence[bytes]]) -> Keys:
    return Keys(
        event=_bytes(folder, "event.key", texts),
        cursor=_bytes(folder, "cursor.key", texts),
        vaults={name: _bytes(folder, f"vault_{name}.key", texts) for name in SERVICES},
        vaults_before=before,
        token=_bytes(folder, _TOKEN, texts) if _TOKEN in texts else None,
        actor_private=texts[_PRIVATE].encode(),
        actor_public=texts[_PUBLIC].encode(),
        audit_private=texts[_AUDIT].encode(),
        operator=texts["operator.key"].strip(),
        database=_bytes(folder, "database.key", texts),
    )


def renew_vault_key(folder: Path, service: str) -> None:
    """Make another key-encryption key for one service; the one it had stays beside it, to unwrap.

    Before the gateway's first, what people's tokens are made from is kept: sign-ins and invitations go on.
    Raises UserError. A crash at any moment leaves keys that can be read, with everything they could open.
    """
    keys, name = open_keys(folder, may_make=False), f"vault_{service}.key"
    if service == "gateway" and keys.token is None:
        _keep_token_key(folder, json.loads(text_of_key(folder, _SUMS)), keys.vaults[service])
    lines = [key.hex() for key in (keys.vaults[service], *keys.vaults_before[service])]
    write_whole(folder / _before_name(service), "\n".join(dict.fromkeys(lines)) + "\n")
    text = secrets.token_hex(32) + "\n"
    sums = json.loads(text_of_key(folder, _SUMS))
    # The sums of both, for the moment between the two files.
    for known in ([sums[name], _sum(text)], _sum(text)):
        write_whole(folder / _SUMS, json.dumps({**sums, name: known}, indent=1) + "\n")
        if known != _sum(text):
            write_whole(folder / name, text)


def _before_name(service: str) -> str:
    return f"vault_{service}.before"


def _before(folder: Path, service: str) -> Sequence[bytes]:
    name = _before_name(service)
    if not (folder / name).exists():
        return ()
    return tuple(_bytes(folder, name, {name: line}) for line in text_of_key(folder, name).split())


def _add_audit_key(folder: Path, sums: dict[str, str]) -> None:
    """Keys made before there was an audit have none for it, and nothing was signed: the list is written last."""
    text = _private_pem(Ed25519PrivateKey.generate())
    write_whole(folder / _AUDIT, text)
    sums[_AUDIT] = _sum(text)
    write_whole(folder / _SUMS, json.dumps(sums, indent=1) + "\n")


def _keep_token_key(folder: Path, sums: dict[str, str], key: bytes) -> None:
    """Once: the list is written last, and until it is, the same key would be kept again."""
    text = key.hex() + "\n"
    write_whole(folder / _TOKEN, text)
    sums[_TOKEN] = _sum(text)
    write_whole(folder / _SUMS, json.dumps(sums, indent=1) + "\n")


def _private(folder: Path, name: str, texts: Mapping[str, str]) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(texts[name].encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _damaged(folder, name) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _damaged(folder, name)
    return key


def text_of_key(folder: Path, name: str) -> str:
    """What a file of secrets holds. Raises UserError naming the file that is missing or can't be read."""
    try:
        return (folder / name).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UserError(f"the key {folder / name} is missing: restore it from a copy") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"the key {folder / name} can't be read: {error}") from error


def _bytes(folder: Path, name: str, texts: Mapping[str, str]) -> bytes:
    try:
        key = bytes.fromhex(texts[name])
    except ValueError as error:
        raise _damaged(folder, name) from error
    if len(key) != 32:
        raise _damaged(folder, name)
    return key


def _damaged(folder: Path, name: str) -> UserError:
    return UserError(f"the key {folder / name} is damaged: restore it from a copy")


def _known(said: object) -> Sequence[str]:
    """One sum; two while a key is being replaced."""
    return [str(one) for one in said] if isinstance(said, list) else [str(said)]


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _private_pem(private: Ed25519PrivateKey) -> str:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _public_pem(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
