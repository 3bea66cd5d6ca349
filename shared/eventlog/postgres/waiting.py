"""Waits for a notification of the database or for `wake` from another thread, whichever comes first."""

import selectors
import socket
from collections.abc import Iterable

import psycopg
from psycopg import sql


class Waiting:
    """A socket pair that another thread may write to, watched together with the connection's socket."""

    def __init__(self) -> None:
        self._mine, self._others = socket.socketpair()
        self._mine.setblocking(False)
        self._others.setblocking(False)
        self._notified = False

    def listen(self, connection: psycopg.Connection, channels: Iterable[str]) -> None:
        """Be told on `connection` of what happens on these channels."""
        # psycopg reads notifications off the socket while it waits for a query's answer: they come here.
        connection.add_notify_handler(self._on_notify)
        for channel in channels:
            connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))

    def wake(self) -> None:
        """End the wait under way, or the next one. Safe from any thread."""
        try:
            self._others.send(b"!")
        except OSError:  # full: a wake-up is waiting already; closed: nobody waits any more
            return

    def wait(self, connection: psycopg.Connection, timeout_s: float) -> bool:
        """Wait at most `timeout_s`. True when it was ended by `wake`.

        Raises psycopg.OperationalError when the connection is lost.
        """
        if self._take_notifications(connection):
            return False
        with selectors.DefaultSelector() as selector:
            selector.register(connection.fileno(), selectors.EVENT_READ)
            selector.register(self._mine, selectors.EVENT_READ)
            ready = {key.fileobj for key, _ in selector.select(max(timeout_s, 0))}
        if connection.fileno() in ready:
            connection.pgconn.consume_input()
            self._take_notifications(connection)
        if self._mine not in ready:
            return False
        self._mine.recv(4096)
        return True

    def close(self) -> None:
        self._mine.close()
        self._others.close()

    def _on_notify(self, _notify: psycopg.Notify) -> None:
        self._notified = True

    def _take_notifications(self, connection: psycopg.Connection) -> bool:
        """Drop what has arrived: the caller looks at the tables anyway. True when there was any."""
        any_came, self._notified = self._notified, False
        while connection.pgconn.notifies() is not None:
            any_came = True
        return any_came
