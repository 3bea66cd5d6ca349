"""The secrets that a restore needs: of a platform on one machine, or from the folder that `attune keys` made."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from deploy.installation.secrets import read_password
from deploy.local.errors import UserError
from deploy.local.keys import Keys, text_of_key
from shared.settings import SERVICES

_EVENT = "event_key"
_OF_ONE_MACHINE = "sums.json"


@dataclass(frozen=True, kw_only=True, repr=False)
class Opening:
    """What opens a backup and lets events be applied. No repr: it would print secrets."""

    event: bytes
    cursor: bytes
    actor_public: bytes  # PEM
    vaults: Mapping[str, bytes]  # service -> 32 bytes
    vaults_before: Mapping[str, Sequence[bytes]]
    password: Callable[[str], str]  # of a database role


def opening_of(keys: Keys) -> Opening:
    """That of a platform on one machine."""
    return Opening(
        event=keys.event,
        cursor=keys.cursor,
        actor_public=keys.actor_public,
        vaults=keys.vaults,
        vaults_before=keys.vaults_before,
        password=keys.password,
    )


def holds_keys(folder: Path) -> bool:
    """Whether secrets lie in `folder` itself."""
    return (folder / _OF_ONE_MACHINE).exists() or is_installation(folder)


def is_installation(folder: Path) -> bool:
    """Whether it is of `attune keys`, or what that laid apart for the restore: one file for each secret."""
    return (folder / _EVENT).exists()


def read_opening(folder: Path) -> Opening:
    """From a folder of `attune keys`, which stays where it is. Raises UserError naming the file that is amiss."""
    return Opening(
        event=_key(folder, _EVENT),
        cursor=_key(folder, "cursor_key"),
        actor_public=text_of_key(folder, "actor_public_key").encode(),
        vaults={name: _key(folder, f"vault_key_{name}") for name in SERVICES},
        vaults_before={name: _keys(folder, f"vault_keys_before_{name}") for name in SERVICES},
        password=partial(read_password, folder),
    )


def _key(folder: Path, name: str) -> bytes:
    keys = _keys(folder, name)
    if len(keys) != 1:
        raise UserError(f"the key {folder / name} is damaged: restore it from a copy")
    return keys[0]


def _keys(folder: Path, name: str) -> tuple[bytes, ...]:
    """Keys of 64 hexadecimal digits, with commas between them; perhaps none."""
    try:
        keys = tuple(bytes.fromhex(one) for one in text_of_key(folder, name).strip().split(",") if one)
    except ValueError as error:
        raise UserError(f"the key {folder / name} is damaged: restore it from a copy") from error
    if any(len(key) != 32 for key in keys):
        raise UserError(f"the key {folder / name} is damaged: restore it from a copy")
    return keys
