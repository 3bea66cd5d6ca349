"""`attune replay SERVICE`: apply events that were put aside, once their handler is mended, in order per key."""

import importlib
from pathlib import Path

import click

from deploy.local.databases import database_of, role_of, with_login
from deploy.local.errors import UserError
from deploy.local.keys import open_keys
from deploy.local.postgres import EmbeddedPostgres
from shared.db.tenancy import Database
from shared.path.carried import carried
from shared.path.replay import replay


def replay_service(
    service: str, data: Path, database_url: str | None, *, by: str, only_id: int | None
) -> None:
    """Replay against the platform whose data folder this is; it may be running."""
    if not (data / "keys").is_dir():
        raise UserError(f"there is no platform in {data}: name its data folder with --data")
    keys = open_keys(data / "keys", may_make=False)
    admin_url = database_url or EmbeddedPostgres(data.absolute() / "postgres").admin_url
    role = role_of(service, "worker")
    url = with_login(admin_url, database=database_of(service), user=role, password=keys.password(role))
    carries = carried(event_key=keys.event, vault_key=keys.vaults[service])
    database = Database(url, pool_size=1, name="replay", carries=carries)
    handlers = importlib.import_module(f"services.{service}.worker").SPEC.handlers
    try:
        outcome = replay(database, handlers, event_key=keys.event, by=by, only_id=only_id)
    finally:
        database.close()
    click.echo(f"{outcome.applied} applied, {outcome.waiting} still waiting")
