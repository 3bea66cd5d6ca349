"""`attune vault new-key`: another key-encryption key in a data folder; the one before stays beside it."""

import os
from pathlib import Path

import click

from deploy.local.data_folder import DataFolder
from deploy.local.errors import UserError
from deploy.local.keys import renew_vault_key
from shared.settings import SERVICES


@click.command(short_help="Make another key in a stopped platform's data folder.")
@click.argument("services", nargs=-1, required=True, type=click.Choice(SERVICES), metavar="SERVICE…")
@click.option("--data", type=click.Path(path_type=Path), metavar="DIR", help="Data folder of `attune up`.")
def command(services: tuple[str, ...], data: Path | None) -> int:
    """Make another key for each service. The platform must be stopped; start it again, then `attune vault rotate`.

    Elsewhere the keys are yours: give every process the new one as ATTUNE_VAULT_KEY, and the one before in
    ATTUNE_VAULT_KEYS_BEFORE.
    """
    root = data or Path(os.environ.get("ATTUNE_DATA") or ".attune")
    if not (root / "keys").is_dir():
        raise UserError(f"there is no platform in {root}: name its data folder with --data")
    folder = DataFolder(root)  # a running platform would go on with the old key, and not know the new one
    try:
        for service in services:
            renew_vault_key(folder.keys, service)
            click.echo(f"{service}: a new key; start the platform, then run attune vault rotate {service}")
    finally:
        folder.close()
    return 0
