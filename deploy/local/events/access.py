"""Which platform the commands look at: one on this machine by its data folder, or the one this worker is part of."""

import importlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from psycopg.errors import InsufficientPrivilege, UndefinedColumn, UndefinedTable
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from deploy.local.data_folder import erasures_file
from deploy.local.databases import EVENTS, database_of, role_of, with_login
from deploy.local.errors import UserError
from deploy.local.keys import Keys, open_keys
from deploy.local.postgres import EmbeddedPostgres
from shared.db.columns import Rows
from shared.db.tenancy import Database
from shared.eventlog.peek import LogReader, open_reader
from shared.path.carried import carried
from shared.path.handlers import Handlers
from shared.settings import SERVICES, from_env
from shared.vault import Vault
from shared.vault.ledger import ErasureLedger
from shared.vault.opening import vault_of
from shared.vault.providers import LocalKeys

WORKER_URL = "ATTUNE_WORKER_DATABASE_URL"


@dataclass(frozen=True, kw_only=True, repr=False)
class Access:
    """Everything a command may reach. No repr: it holds secrets."""

    event_key: bytes
    log_url: str
    worker_urls: Mapping[str, str]  # the services whose databases can be reached from here
    vaults: Mapping[str, Vault]
    down: Callable[[str], str]  # what to say when a service's database does not answer
    audit_private: bytes | None  # PEM: its public half tells whether a checkpoint is ours
    audit_folder: Path | None
    log_hint: str = ""  # what to try when the log is not the platform's
    _open: dict[str, Database] = field(default_factory=dict)

    @property
    def services(self) -> tuple[str, ...]:
        return tuple(name for name in SERVICES if name in self.worker_urls)

    def only(self, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """The services asked for, all by default. Raises UserError when one can't be reached from here."""
        if away := [name for name in wanted if name not in self.worker_urls]:
            raise UserError(
                f"the database of {', '.join(away)} can't be reached from here: run this in a worker of"
                f" {away[0]}, or where the platform's data folder is (--data)"
            )
        return tuple(name for name in self.services if name in wanted) if wanted else self.services

    @contextmanager
    def database(self, service: str) -> Iterator[Database]:
        """The service's database in its worker's role. Its failures come out as UserError, one plain line."""
        if service not in self._open:
            carries = carried(event_key=self.event_key, vault=self.vaults[service])
            self._open[service] = Database(
                self.worker_urls[service], pool_size=1, name="attune-events", carries=carries
            )
        try:
            yield self._open[service]
        except SQLAlchemyError as error:
            raise UserError(self._reason(service, error)) from error

    def reader(self) -> LogReader:
        return open_reader(self.log_url)

    def close(self) -> None:
        for database in self._open.values():
            database.close()
        self._open.clear()

    def _reason(self, service: str, error: SQLAlchemyError) -> str:
        cause = error.orig if isinstance(error, DBAPIError) else None
        if isinstance(cause, UndefinedTable | UndefinedColumn | InsufficientPrivilege):
            return (
                f"the database of {service} is not of this program's version: run `attune migrate {service}`"
                " (or `attune up`) first"
            )
        state = getattr(cause, "sqlstate", None)
        if state is not None and not str(state).startswith(("08", "57", "28")):
            return f"the database of {service} failed: {type(cause).__name__} ({state})"
        return self.down(service)


def handlers_of(service: str) -> Handlers:
    """What this program does with the events that the service listens to."""
    found: Handlers = importlib.import_module(f"services.{service}.worker").SPEC.handlers
    return found


def models_of(service: str) -> type[Rows]:
    """The base of a service's own models."""
    found: type[Rows] = importlib.import_module(f"services.{service}.models").Base
    return found


def open_access(data: Path | None, database_url: str | None, kafka: str | None) -> Access:
    """A named data folder comes first, then a worker's own settings, then the usual data folder.

    Raises UserError with one line when there is no platform there.
    """
    is_worker = WORKER_URL in os.environ or f"{WORKER_URL}_FILE" in os.environ
    if data is None and is_worker:
        return _of_this_worker()
    return _on_this_machine(data or Path(os.environ.get("ATTUNE_DATA") or ".attune"), database_url, kafka)


def _on_this_machine(data: Path, database_url: str | None, kafka: str | None) -> Access:
    if not (data / "keys").is_dir():
        raise UserError(f"there is no platform in {data}: name its data folder with --data")
    keys = open_keys(data / "keys", may_make=False)
    admin_url = database_url or _embedded_url(data)

    def url(area: str, kind: str) -> str:
        role = role_of(area, kind)
        return with_login(admin_url, database=database_of(area), user=role, password=keys.password(role))

    def down(service: str) -> str:
        if database_url is None:
            return f"the platform in {data} does not run: start it with `attune up --data {data}`"
        return f"the PostgreSQL of --database-url does not answer, or does not let {service}'s worker in"

    return Access(
        event_key=keys.event,
        log_url=f"kafka://{kafka}" if kafka else url(EVENTS, "owner"),
        worker_urls={name: url(name, "worker") for name in SERVICES},
        vaults={name: _vault_in(data, keys, name) for name in SERVICES},
        down=down,
        audit_private=keys.audit_private,
        audit_folder=data / "audit",
        log_hint="give --kafka HOST:PORT as `attune up` was given it, or leave it out as there",
    )


def _vault_in(data: Path, keys: Keys, service: str) -> Vault:
    return Vault(
        LocalKeys(keys.vaults[service], keys.vaults_before[service]),
        ErasureLedger(erasures_file(data, service)),
    )


def _embedded_url(data: Path) -> str:
    embedded = EmbeddedPostgres(data.absolute() / "postgres")
    if not embedded.cluster.exists():
        raise UserError(f"the platform in {data} has a PostgreSQL of its own: name it with --database-url")
    try:
        return embedded.admin_url
    except OSError as error:
        raise UserError(f"the password of {embedded.data_dir} can't be read: {error.strerror}") from error


def _of_this_worker() -> Access:
    """By the environment of one service's worker: its database, and the log that all share."""
    service = _whose_login()
    settings = from_env(service)
    return Access(
        event_key=settings.event_key,
        log_url=settings.event_log_url,
        worker_urls={service: settings.worker_database_url},
        vaults={service: vault_of(settings)},
        audit_private=settings.audit_key,
        audit_folder=settings.audit_folder,
        down=lambda _: f"the database in {WORKER_URL} does not answer, or does not let this worker in",
        log_hint="ATTUNE_EVENT_LOG_URL names another log than the workers use",
    )


def _whose_login() -> str:
    """The service is told by the login's name: the migrations grant rights to that role and to no other."""
    path = os.environ.get(f"{WORKER_URL}_FILE")
    try:
        url = Path(path).read_text(encoding="utf-8").strip() if path else os.environ[WORKER_URL]
        user = make_url(url).username
    except (OSError, SQLAlchemyError) as error:
        raise UserError(f"{WORKER_URL} can't be read: it should be postgresql://…") from error
    for service in SERVICES:
        if user == role_of(service, "worker"):
            return service
    raise UserError(f"{WORKER_URL} has another login than attune_<service>_worker: which service is this?")
