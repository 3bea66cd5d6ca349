"""A practice with one writer, and the tables of a service around them, past its API."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import event
from sqlalchemy.orm import Session

from services.integration.models import JournalEntry
from shared.db.tenancy import Database, Scope
from shared.ids import shown_id
from shared.path.carried import carried
from shared.vault import Vault
from tests.world.world import World


class TakenBack(Exception):
    """Ends a transaction whose work is not to stay."""


@dataclass
class Room:
    world: World
    practice: UUID
    writer: UUID = field(default_factory=uuid4)

    @property
    def database(self) -> Database:
        return self.world.sides["integration"].database

    @contextmanager
    def within(self) -> Iterator[Session]:
        """A transaction of this practice, in the worker's role, which sees data keys of all practices."""
        with self.database.transaction(Scope(self.practice, role="worker")) as db:
            yield db

    @contextmanager
    def taken_back(self) -> Iterator[Session]:
        """A transaction that ends with a rollback."""
        with suppress(TakenBack), self.within() as db:
            yield db
            raise TakenBack

    def entry(self, db: Session, words: str, *, writer: UUID | None = None) -> JournalEntry:
        """A journal entry, flushed."""
        made = JournalEntry(
            id=shown_id(), person_id=writer or self.writer, channel="feelings", written_at=db.info["clock"]()
        )
        made.seal(db, "text", words)
        db.add(made)
        db.flush()
        return made

    def wrote(self, words: str, *, writer: UUID | None = None) -> UUID:
        """The id of an entry that is committed."""
        with self.within() as db:
            return self.entry(db, words, writer=writer).id

    def key_rows(self, columns: str = "generation, wrapped, wrapped_by, destroyed_at") -> list[Any]:
        """The writer's rows in data_key, oldest generation first."""
        return self.world.rows(
            "integration",
            self.practice,
            f"SELECT {columns} FROM data_key WHERE practice_id = %s AND owner_id = %s ORDER BY generation",
            self.practice,
            self.writer,
        )


def a_room(world: World) -> Room:
    return Room(world, world.practice())


@contextmanager
def beside(world: World, vault: Vault, *, as_app: bool = False) -> Iterator[Database]:
    """Another process of the same service, with a vault of its own."""
    side = world.sides["integration"]
    url = side.settings.database_url if as_app else side.settings.worker_database_url
    carries = carried(event_key=side.settings.event_key, vault=vault, clock=world.clock)
    database = Database(url, pool_size=2, name="beside", carries=carries)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """What is sent through the ORM's engine meanwhile."""
    seen: list[str] = []
    note: Callable[..., None] = lambda *heard: seen.append(heard[2])  # noqa: E731
    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
