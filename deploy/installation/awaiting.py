"""`attune await`: until what a process stands on is there. Where nothing keeps an order among what is started."""

import time
from collections.abc import Callable

import click
import psycopg
from sqlalchemy.exc import SQLAlchemyError

from deploy.local.errors import UserError
from shared.db.migrations import current, is_far_enough
from shared.settings import SERVICES, required_database_url

PATIENCE_S = 600.0
_PAUSE_S = 1.0
_CONNECT_S = 5
_DATABASES = {"admin": "ADMIN_DATABASE", "owner": "OWNER_DATABASE", "schema": "DATABASE"}


@click.command("await")
@click.argument("what", type=click.Choice(list(_DATABASES)))
@click.argument("service", type=click.Choice(SERVICES), required=False)
@click.option("--seconds", type=click.FloatRange(min=0), default=PATIENCE_S, show_default=True,
              help="How long to wait.")  # fmt: skip
def await_(what: str, service: str | None, seconds: float) -> None:
    """Wait for the server (admin), a service's database (owner), or what its program needs in there (schema).

    Asks as that role: ATTUNE_ADMIN_DATABASE_URL, ATTUNE_OWNER_DATABASE_URL or ATTUNE_DATABASE_URL, passwords
    apart as everywhere. A schema that a newer version has changed is enough: that is what a roll-back meets.
    """
    if what == "schema" and service is None:
        raise click.UsageError("say whose schema")
    url = required_database_url(_DATABASES[what])
    missing = _schema_missing if what == "schema" else _server_missing
    wait(lambda: missing(url, service or ""), seconds)


def wait(
    missing: Callable[[], str | None], seconds: float, pause: Callable[[float], None] = time.sleep
) -> None:
    """Until `missing` names nothing more. Says each new reason once. Raises UserError with the last one."""
    deadline, said = time.monotonic() + seconds, ""
    while (reason := missing()) is not None:
        if time.monotonic() >= deadline:
            raise UserError(f"waited {seconds:g} s in vain: {reason}")
        if reason != said:
            click.echo(f"waiting: {reason}", err=True)
            said = reason
        pause(_PAUSE_S)


def _server_missing(url: str, _service: str) -> str | None:
    try:
        psycopg.connect(url, connect_timeout=_CONNECT_S).close()
    except psycopg.OperationalError:
        return "the database does not let this role in yet"
    return None


def _schema_missing(url: str, service: str) -> str | None:
    if reason := _server_missing(url, service):
        return reason
    try:
        revision = current(url)
    except SQLAlchemyError:  # made by an owner that has not got to letting others see it
        return f"{service} has not been migrated yet"
    if is_far_enough(service, revision):
        return None
    return f"{service} is at revision {revision or 'none'}, which is too old for this version"
