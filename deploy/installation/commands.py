"""`attune keys` and `attune databases`: what an installation needs before its first migration; `attune mail`."""

from functools import partial
from pathlib import Path

import click

from deploy.installation.apart import lay_apart
from deploy.installation.secrets import read_password, renew_vault_key, write_secrets
from deploy.local.keys import open_keys
from deploy.local.listening import listen
from shared.settings import SERVICES, required_database_url
from shared.telemetry import logs

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.argument("folder", type=FOLDER)
@click.option("--data", type=FOLDER, metavar="DIR",
              help="Take the keys from this data folder of `attune up`, whose platform moves here.")  # fmt: skip
@click.option("--apart", is_flag=True,
              help="Also a folder for each process with its own, open to a group of its own.")  # fmt: skip
@click.option("--renew-vault", "renewed", multiple=True, type=click.Choice(SERVICES), metavar="SERVICE",
              help="Make another key for this service's vault, and keep the one before beside it.")  # fmt: skip
def keys(folder: Path, data: Path | None, apart: bool, renewed: tuple[str, ...]) -> None:
    """Make every secret that an installation needs, one file each in FOLDER (0600). Never overwrites.

    A file is named as the setting that takes it, in lower case: event_key is ATTUNE_EVENT_KEY. Passwords of
    database roles are password_ROLE, keys of one service's vault vault_key_SERVICE.
    """
    taken = open_keys(data / "keys", may_make=False) if data is not None else None
    written = write_secrets(folder, taken)
    for service in renewed:
        renew_vault_key(folder, service)
    if apart:
        lay_apart(folder)
    click.echo(f"{len(written)} secrets written to {folder}" if written else f"{folder} has every secret")


@click.command()
@click.option("--keys", "folder", type=FOLDER, envvar="ATTUNE_KEYS", required=True,
              help="Folder with the passwords of the roles (`attune keys`).")  # fmt: skip
@click.option("--alone", is_flag=True,
              help="The server is Attune's alone: close the databases it was born with to Attune's roles.")  # fmt: skip
def databases(folder: Path, alone: bool) -> None:
    """Make the databases and roles of every service, with rights and passwords as they should be. Repeatable.

    The server is ATTUNE_ADMIN_DATABASE_URL (or …_FILE; its password may be apart, in
    ATTUNE_ADMIN_DATABASE_PASSWORD or …_FILE): a login that may create databases and roles.
    """
    from deploy.local.databases import prepare

    url = required_database_url("ADMIN_DATABASE")
    prepare(url, partial(read_password, folder), is_ours_alone=alone, with_events=False)
    click.echo("databases and roles are ready")


@click.command()
@click.option("--folder", type=FOLDER, required=True, help="Where messages are kept.")
@click.option("--smtp-bind", default="0.0.0.0:1025", show_default=True)
@click.option("--bind", default="0.0.0.0:8025", show_default=True, help="Where messages are read, as JSON.")
@click.option("--name", "names", multiple=True, metavar="HOST:PORT", help="The name that readers know it by.")
def mail(folder: Path, smtp_bind: str, bind: str, names: tuple[str, ...]) -> None:
    """Take every mail and send none on: for trying Attune out. Whoever reaches the reading side reads all."""
    from deploy.local import mailbox

    logs.configure(service="mail", process="mail")
    mailbox.run(listen(smtp_bind), listen(bind), folder, names=names)
