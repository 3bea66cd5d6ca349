"""Where a backup's parts lie, as settings say it: the same that the other processes are given."""

import getpass
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import psycopg
from environs import EnvError

from deploy.local.errors import UserError
from shared.clock import utcnow
from shared.environment import Environment
from shared.eventlog.interface import LogUnavailable
from shared.settings import SettingsError, required_database_url

STAMP = "%Y-%m-%dT%H%M%SZ"
_KAFKA = "kafka://"


@contextmanager
def in_one_line() -> Iterator[None]:
    """Raises UserError where the database or the event log can't be reached, refuses, or goes away."""
    try:
        yield
    except psycopg.Error as error:
        said = error.diag.message_primary or str(error).strip().split("\n", 1)[0]
        raise UserError(f"the database can't be used: {said}") from error
    except LogUnavailable as error:
        raise UserError(f"the event log can't be used: {error}") from error
    except (UserError, SettingsError):
        raise
    except Exception as error:  # without its words: they may quote a row
        raise UserError(
            f"it broke off, {type(error).__name__} at {_place_of(error)}: tell who maintains Attune"
        ) from error


def _place_of(error: BaseException) -> str:
    """Where in the code, from the inside out, the last three steps."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))


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
    return folder / (now or utcnow()).strftime(STAMP)


def person() -> str:
    """Who is signed in. Raises UserError where nobody is: in a container."""
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise UserError("say who restores: --by NAME") from error
