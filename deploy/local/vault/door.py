"""Before a service begins: erasures applied again, keys tried. A database that is still starting is waited for."""

import time

import structlog
from psycopg.errors import InsufficientPrivilege, UndefinedColumn, UndefinedTable
from sqlalchemy.exc import DBAPIError

from deploy.local.errors import UserError
from shared.db.tenancy import Database
from shared.path.transient import is_transient
from shared.settings import Settings
from shared.vault.opening import VaultShut, open_vault, vault_of

log = structlog.get_logger()
_PAUSE_S = 1.0


def open_door(settings: Settings) -> int:
    """Returns when the service may start: how many erasures a copy had lost.

    Raises UserError with one plain line when it must not start.
    """
    service = settings.service
    database = Database(settings.worker_database_url, pool_size=1, name=f"{service}-vault")
    try:
        while True:
            try:
                return open_vault(service, database, vault_of(settings))
            except VaultShut as error:
                raise UserError(str(error)) from error
            except DBAPIError as error:
                _wait_or_give_up(service, error)
    finally:
        database.close()


def _wait_or_give_up(service: str, error: DBAPIError) -> None:
    if isinstance(error.orig, UndefinedTable | UndefinedColumn | InsufficientPrivilege):
        raise UserError(
            f"the database of {service} is not of this program's version: run `attune migrate {service}` first"
        ) from error
    if not is_transient(error):
        raise error
    log.warning("waiting for the database", error_type=type(error).__name__, retry_in_s=_PAUSE_S)
    time.sleep(_PAUSE_S)
