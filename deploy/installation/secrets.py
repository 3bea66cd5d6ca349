"""The secrets of an installation, one file each, named as the setting that takes it: `event_key` is ATTUNE_EVENT_KEY.

Made once. What was made before is never written again, and what was made and is gone is never made anew: a new
key in place of a lost one would look like a working start while everything under the old one stays shut.
"""

from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

from deploy.installation.roles import ADMIN, GRAFANA, roles
from deploy.local.errors import UserError
from deploy.local.files import write_whole
from deploy.local.keys import Keys, actor_public_of, fresh_keys

_MADE = ".made"  # the names of what was made here, one a line
_PUBLIC, _PRIVATE = "actor_public_key", "actor_private_key"


def write_secrets(folder: Path, keys: Keys | None = None) -> list[str]:
    """Write what is missing in `folder`; the names of what was written.

    `keys`: those of a platform that is to move here. None: new ones. Raises UserError: can't be written, or a
    file that was made here is gone.
    """
    texts = _texts(keys or fresh_keys())
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = set(_text(folder / _MADE).split()) if (folder / _MADE).exists() else set()
        there = {name for name in texts if (folder / name).exists()}
        if lost := sorted((made & set(texts)) - there):
            raise UserError(f"{folder / lost[0]} was made here and is gone: restore it from a copy")
        for name in texts:
            if name in there:
                continue
            text = texts[name]
            if name == _PUBLIC:  # of the private key that lies here, which may be from an earlier, broken run
                text = actor_public_of(_text(folder / _PRIVATE))
            write_whole(folder / name, text)
        write_whole(folder / _MADE, "\n".join(sorted(made | set(texts))) + "\n")
    except OSError as error:
        raise UserError(f"the secrets can't be kept in {folder}: {error.strerror}") from error
    return [name for name in texts if name not in there]


def renew_vault_key(folder: Path, service: str) -> None:
    """Make another key-encryption key for one service; the one it had stays, to unwrap. Raises UserError.

    Cut off at any moment, what is there opens everything.
    """
    key, before = folder / f"vault_key_{service}", folder / f"vault_keys_before_{service}"
    try:
        now = _text(key).strip()
        older = [one for one in _text(before).strip().split(",") if one and one != now]
        write_whole(before, ",".join([now, *older]) + "\n")
        write_whole(key, token_hex(32) + "\n")
    except OSError as error:
        raise UserError(f"{error.filename} can't be renewed: {error.strerror}") from error


def password_file(folder: Path, role: str) -> Path:
    """Where the password of a database role lies."""
    return folder / f"password_{role}"


def read_password(folder: Path, role: str) -> str:
    """The password of a database role. Raises UserError."""
    file = password_file(folder, role)
    try:
        return _text(file).strip()
    except OSError as error:
        raise UserError(f"{file} can't be read: {error.strerror}") from error


def _texts(keys: Keys) -> dict[str, str]:
    """Every secret by its file's name. The private key comes before its public half."""
    return dict(_pairs(keys))


def _pairs(keys: Keys) -> Iterator[tuple[str, str]]:
    yield "event_key", keys.event.hex() + "\n"
    yield "cursor_key", keys.cursor.hex() + "\n"
    yield _PRIVATE, keys.actor_private.decode()
    yield _PUBLIC, keys.actor_public.decode()
    yield "operator_key", keys.operator + "\n"
    yield "token_key", (keys.token or keys.vaults["gateway"]).hex() + "\n"
    yield "audit_key", keys.audit_private.decode()
    for service, key in keys.vaults.items():
        yield f"vault_key_{service}", key.hex() + "\n"
        yield (
            f"vault_keys_before_{service}",
            ",".join(one.hex() for one in keys.vaults_before[service]) + "\n",
        )
    for role in (ADMIN, GRAFANA, *roles()):
        yield password_file(Path(), role).name, keys.password(role) + "\n"


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")
