"""Keeps a member in its group while its thread works on a long batch."""

import threading
import time

import psycopg

from shared.eventlog.interface import LogUnavailable, Patience
from shared.eventlog.postgres import groups
from shared.eventlog.postgres.connection import connect, plainly


class Heartbeat:
    """A thread with a connection of its own, from `start` to `stop`.

    A member that has not polled for `patience.busy_s` hangs: it stops beating, so others take over.
    """

    def __init__(self, url: str, me: groups.Membership, patience: Patience) -> None:
        self._url = url
        self._me = me
        self._patience = patience
        self._every_s = 0.3 * patience.silent_s
        self._stopping = threading.Event()
        self._polled_at = time.monotonic()
        self._connection: psycopg.Connection | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to beat. Harmless when it already does."""
        if self._thread is None:
            name = f"heartbeat {self._me.group}/{self._me.member}"
            self._thread = threading.Thread(target=self._run, name=name, daemon=True)
            self._thread.start()

    def polled(self) -> None:
        """The member's own thread is alive."""
        self._polled_at = time.monotonic()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=self._every_s)

    def _run(self) -> None:
        while not self._stopping.wait(self._every_s):
            if time.monotonic() - self._polled_at > self._patience.busy_s:
                continue
            try:
                with plainly():
                    if self._connection is None:
                        self._connection = connect(self._url, "heartbeat")
                    groups.beat(self._connection, self._me, self._patience.silent_s)
            except LogUnavailable:
                # The next poll says so to the caller; here it is only tried again.
                self._disconnect()
        self._disconnect()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
