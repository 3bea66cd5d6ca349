"""How an operator's request reaches what the worker's role sees: one connection, opened for it and closed after it."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import current_app
from sqlalchemy.orm import Session

from shared.db.tenancy import Database
from shared.errors import Unavailable
from shared.path.dead_letters.replaying import WORKER
from shared.path.handlers import Handlers
from shared.path.operating.tags import Tags

EXTENSION = "attune_operators"
PATIENCE_S = 10.0
"""How long a request waits for the one before it."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Reach:
    """One service's, in one process. At most one request at a time has a connection; nobody looks, none is open."""

    service: str
    url: str  # of the worker's role
    handlers: Handlers
    event_key: bytes
    carries: Mapping[str, object]
    _turn: threading.Lock = field(default_factory=threading.Lock)

    @property
    def tags(self) -> Tags:
        return Tags(self.event_key)

    @contextmanager
    def database(self) -> Iterator[Database]:
        """The service's database in its worker's role. Raises Unavailable when others look for too long."""
        if not self._turn.acquire(timeout=PATIENCE_S):
            raise Unavailable
        try:
            database = Database(self.url, pool_size=1, name=f"{self.service}-operators", carries=self.carries)
            try:
                yield database
            finally:
                database.close()
        finally:
            self._turn.release()

    @contextmanager
    def look(self) -> Iterator[Session]:
        """One transaction across practices."""
        with self.database() as database, database.transaction(WORKER) as db:
            yield db


def reach() -> Reach:
    """This process's."""
    found: Reach = current_app.extensions[EXTENSION]
    return found
