"""Where a backup's parts lie, as settings say it: the same that the other processes are given."""

import getpass
from datetime import datetime
from pathlib import Path

from environs import EnvError

from deploy.local.errors import UserError
from shared.clock import utcnow
from shared.environment import Environment
from shared.settings import SettingsError, required_database_url

_KAFKA = "kafka://"


def admin_url_of(given: str | None) -> str | None:
    """The superuser's URL: as given, or ATTUNE_ADMIN_DATABASE_URL with its password, which may be apart.

    None: there is none, the database is the data folder's. Raises SettingsError.
    """
    try:
        is_set = Environment().has("ATTUNE_ADMIN_DATABASE_URL")
    except ValueError as error:
        raise SettingsError(str(error)) from error
    return given or (required_database_url("ADMIN_DATABASE") if is_set else None)


def kafka_of(given: str | None) -> str | None:
    """Kafka's HOST:PORT: as given, or from ATTUNE_EVENT_LOG_URL. None: events lie in PostgreSQL.

    Raises SettingsError.
    """
    if given:
        return given
    try:
        url: str = Environment().str("ATTUNE_EVENT_LOG_URL", "")
    except (EnvError, ValueError) as error:
        raise SettingsError(str(error)) from error
    return url.removeprefix(_KAFKA) if url.startswith(_KAFKA) else None


def in_time(folder: Path, now: datetime | None = None) -> Path:
    """A name in `folder` that sorts by time: 2026-11-26T033000Z."""
    return folder / (now or utcnow()).strftime("%Y-%m-%dT%H%M%SZ")


def person() -> str:
    """Who is signed in. Raises UserError where nobody is: in a container."""
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise UserError("say who restores: --by NAME") from error
