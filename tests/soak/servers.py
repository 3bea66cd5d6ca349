"""The servers under a soak: databases, and a log of their own, so that either can be killed without the other."""

import contextlib
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from shared.eventlog.postgres import create_schema
from tests.folders import open_folder
from tests.kafka.broker import KafkaBroker
from tests.postgres.server import QUICK, PostgresServer

# Half a page can be on its way when a server is killed: unlike in other tests, pages are logged whole.
WHOLE_PAGES = {**QUICK, "full_page_writes": "on"}


class Server(Protocol):
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None:
        """As a crash would: SIGKILL. `start` brings it back with its data and its address."""
        ...


class KillablePostgres(PostgresServer):
    """A PostgreSQL whose postmaster can be killed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, settings=WHOLE_PAGES)

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.stop()  # it is dead: this only takes note of it


@dataclass(frozen=True)
class Servers:
    databases: KillablePostgres
    log: Server
    log_url: str


@contextmanager
def servers(kind: str) -> Iterator[Servers]:
    """Both, started, for the log `kind`: kafka or embedded."""
    with ExitStack() as stack:
        folder = stack.enter_context(open_folder())
        databases = KillablePostgres(folder / "databases")
        stack.callback(databases.stop)
        databases.start()
        if kind == "kafka":
            (folder / "kafka").mkdir()
            broker = KafkaBroker(folder / "kafka")
            stack.callback(broker.stop)
            broker.start()
            yield Servers(databases, broker, broker.url)
        else:
            log = KillablePostgres(folder / "log")
            stack.callback(log.stop)
            log.start()
            log_url = stack.enter_context(log.fresh_database("soak_log"))
            create_schema(log_url)
            yield Servers(databases, log, log_url)
