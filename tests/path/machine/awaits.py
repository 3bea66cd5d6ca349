"""Every wait for a database is a place at which a part can die or lose its connection: counted here, and met on demand.

The named fail points of `shared/path/failpoints.py` are where a process is killed for real. Here all the places
between them are tried too: each statement, each commit, each step of an append, before it is sent or after it was
done but before the answer came.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg


class Crash(BaseException):
    """The process is gone. Nothing that it held in memory counts any more, and nothing may catch this."""


@dataclass(frozen=True)
class Trouble:
    """At the `at`th wait from now: the process dies, or only its connection. `is_done`: the answer alone is lost."""

    at: int
    is_done: bool
    is_crash: bool


class Awaits:
    """Watches the waits of the thread that made it; the heartbeats of members go on untouched."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._trouble: Trouble | None = None
        self._left = 0
        self.met: Trouble | None = None

    @contextmanager
    def watched(self) -> Iterator["Awaits"]:
        original = psycopg.Connection.wait

        def wait(connection: psycopg.Connection[Any], *args: Any, **options: Any) -> Any:
            due = self._is_due()
            if due and not due.is_done:
                self._end(connection, due)
            result = original(connection, *args, **options)
            if due:
                self._end(connection, due)
            return result

        psycopg.Connection.wait = wait  # type: ignore[method-assign,assignment]
        try:
            yield self
        finally:
            psycopg.Connection.wait = original  # type: ignore[method-assign]

    def attempt(self, work: Callable[[], object], trouble: Trouble | None) -> bool:
        """Do the work with this trouble on its way. False when it was ended by it."""
        self._trouble, self._left, self.met = trouble, trouble.at if trouble else 0, None
        try:
            work()
        except BaseException:
            if self.met is None:
                raise
            return False
        finally:
            self._trouble = None
        return True

    def _is_due(self) -> Trouble | None:
        trouble = self._trouble
        if trouble is None or threading.get_ident() != self._thread:
            return None
        self._left -= 1
        if self._left >= 0:
            return None
        self._trouble = None
        self.met = trouble
        return trouble

    def _end(self, connection: psycopg.Connection[Any], trouble: Trouble) -> None:
        connection.close()  # the server takes back what was not committed
        if trouble.is_crash:
            raise Crash
        raise psycopg.OperationalError("the connection was lost")
