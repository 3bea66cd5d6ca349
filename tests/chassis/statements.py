"""Which SQL statements a request has run: their texts, in order, whether SQLAlchemy sent them or psycopg itself."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
from sqlalchemy import event

from tests.world.world import World

_TAKEN: list[str] = []


class _Recording(psycopg.Cursor[Any]):
    """Everything passes a cursor: SQLAlchemy's statements, and those of `shared/db/direct.py` too."""

    def execute(self, query: Any, *args: Any, **kw: Any) -> Any:
        _TAKEN.append(str(query))
        return super().execute(query, *args, **kw)

    def executemany(self, query: Any, *args: Any, **kw: Any) -> Any:
        _TAKEN.append(f"many: {query}")
        return super().executemany(query, *args, **kw)


def _record(connection: psycopg.Connection[Any], *_: Any) -> None:
    connection.cursor_factory = _Recording


def _stop(connection: psycopg.Connection[Any] | None, *_: Any) -> None:
    if connection is not None:
        connection.cursor_factory = psycopg.Cursor


@contextmanager
def recorded(world: World) -> Iterator[list[str]]:
    """What the web applications of all services send from here on. A pool's own look at a connection isn't counted."""
    with ExitStack() as undo:
        for side in world.sides.values():
            engine = side.app.extensions["attune_database"].engine
            for name, hook in (("checkout", _record), ("checkin", _stop)):
                event.listen(engine, name, hook)
                undo.callback(event.remove, engine, name, hook)
        _TAKEN.clear()
        yield _TAKEN
