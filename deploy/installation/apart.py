"""A folder of secrets for each process, with what that process needs and no more, open to a group of its own.

For installations where all processes see one folder (a volume): each runs in its own group, so it can read its
own folder and no other, and never the secrets themselves, which belong to another user.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from deploy.installation.roles import ADMIN, GRAFANA, roles
from deploy.local.databases import role_of
from deploy.local.errors import UserError
from deploy.local.files import write_whole
from shared.settings import SERVICES

FOLDER = "for"  # FOLDER/for/intake-worker/vault_key
FIRST_GROUP = 10100

_SHARED = ("event_key", "cursor_key", "actor_public_key")
_GATEWAY = ("actor_private_key", "operator_key", "token_key")


def needs() -> Mapping[str, Mapping[str, str]]:
    """Process -> the setting's name in its folder -> the secret. The order of processes is that of their groups."""
    made: dict[str, Mapping[str, str]] = {}
    for service in SERVICES:
        both = {
            **{name: name for name in _SHARED},
            "vault_key": f"vault_key_{service}",
            "vault_keys_before": f"vault_keys_before_{service}",
            "worker_database_password": _password(role_of(service, "worker")),
        }
        is_gateway = service == "gateway"
        made[service] = {
            **both,
            "database_password": _password(role_of(service, "app")),
            **({name: name for name in _GATEWAY} if is_gateway else {}),
        }
        made[f"{service}-worker"] = {
            **both,
            "audit_key": "audit_key",
            **({"token_key": "token_key"} if is_gateway else {}),
        }
        made[f"migrate-{service}"] = {"owner_database_password": _password(role_of(service, "owner"))}
    made["databases"] = {
        "admin_database_password": _password(ADMIN),
        **{_password(role): _password(role) for role in roles()},
    }
    made["postgres"] = {"password": _password(ADMIN)}
    made["grafana"] = {"password": _password(GRAFANA)}
    made["backup"] = {"admin_database_password": _password(ADMIN)}
    made["restore"] = {
        **made["databases"],
        **{name: name for name in _SHARED},
        **{
            name: name
            for service in SERVICES
            for name in (f"vault_key_{service}", f"vault_keys_before_{service}")
        },
    }
    return made


def group_of(process: str) -> int:
    """The number of the group that may read a process's folder."""
    return FIRST_GROUP + list(needs()).index(process)


def lay_apart(folder: Path, *, group_for: Callable[[str], int] = group_of) -> None:
    """Copy the secrets in `folder` to each process's own. Raises UserError.

    Whoever runs this is a member of all groups that `group_for` names.
    """
    try:
        folder.chmod(0o711)
        (folder / FOLDER).mkdir(mode=0o711, exist_ok=True)
        (folder / FOLDER).chmod(0o711)
        for process, files in needs().items():
            own = folder / FOLDER / process
            own.mkdir(mode=0o700, exist_ok=True)
            for name, secret in files.items():
                _copy(folder / secret, own / name, group_for(process))
            os.chown(own, -1, group_for(process))
            own.chmod(0o750)
    except OSError as error:
        raise UserError(f"{error.filename or folder} can't be laid apart: {error.strerror}") from error


def _copy(secret: Path, copy: Path, group: int) -> None:
    text = secret.read_text(encoding="utf-8")
    if not copy.exists() or copy.read_text(encoding="utf-8") != text:
        write_whole(copy, text)
    os.chown(copy, -1, group)
    copy.chmod(0o640)


def _password(role: str) -> str:
    return f"password_{role}"
