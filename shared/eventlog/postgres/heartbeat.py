"""Keeps a member in its group while its thread works on a long batch."""

import threading
import time

import psycopg

from shared.eventlog.interface import LogUnavailable
from shared.eventlog.postgres import groups
from shared.eventlog.postgres.connection import connect, plainly

BEAT_EVERY_S = 3.0
MAX_POLL_INTERVAL_S = 300.0
"""A member whose thread has not polled for this long hangs: it stops beating, so others take over."""


class Heartbeat:
    """A thread with a connection of its own, from `start` to `stop`."""

    def __init__(self, url: str, me: groups.Membership) -> None:
        self._url = url
        self._me = me
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
            self._thread.join(timeout=BEAT_EVERY_S)

    def _run(self) -> None:
        while not self._stopping.wait(BEAT_EVERY_S):
            if time.monotonic() - self._polled_at > MAX_POLL_INTERVAL_S:
                continue
            try:
                with plainly():
                    if self._connection is None:
                        self._connection = connect(self._url, "heartbeat")
                    groups.beat(self._connection, self._me)
            except LogUnavailable:
                # The next poll says so to the caller; here it is only tried again.
                self._disconnect()
        self._disconnect()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
