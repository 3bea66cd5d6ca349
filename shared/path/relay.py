"""The relay: sends the outbox to the log in order and deletes what the log acknowledged. One leader at a time."""

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg
import structlog

from shared.clock import utcnow
from shared.eventlog.interface import EventLog, LogProducer, LogUnavailable, Outgoing
from shared.path.failpoints import reach
from shared.path.outbox import CHANNEL
from shared.telemetry import metrics

log = structlog.get_logger()
BATCH = 1000
_IDLE_WAIT_S = 0.5
_LEADER_LOCK = "SELECT pg_try_advisory_lock(hashtext('attune-relay'))"
# A stopped process would keep the leader's lock for good: the server ends its silent session (docs/event-path.md, 3).
_OPTIONS = "-c timezone=UTC -c idle_session_timeout=5000 -c idle_in_transaction_session_timeout=5000"
_READ = "SELECT id, topic, partition, key, headers, payload, occurred_at FROM outbox ORDER BY id LIMIT %s"


class Relay:
    """Runs on its own thread with its own connection; `run` returns when `stop` is set."""

    def __init__(self, database_url: str, event_log: EventLog, *, service: str) -> None:
        self._url = database_url
        self._event_log = event_log
        self._service = service
        self._producer: LogProducer | None = None

    def run(self, stop: threading.Event) -> None:
        """Relay until told to stop. Outages of the database or the log are waited out."""
        pause = 0.1
        while not stop.is_set():
            try:
                with psycopg.connect(
                    self._url, autocommit=True, options=_OPTIONS, connect_timeout=5, application_name="relay"
                ) as connection:
                    self._lead(connection, stop)
                pause = 0.1
            except (psycopg.OperationalError, LogUnavailable) as error:
                metrics.relay_failures.labels(self._service).inc()
                log.warning("relay pauses", error_type=type(error).__name__, retry_in_s=pause)
                self._drop_producer()
                stop.wait(pause)
                pause = min(5.0, pause * 2)
        self._drop_producer()

    def relay_once(self, connection: psycopg.Connection[Any]) -> int:
        """Send one batch of the oldest events; returns how many the log acknowledged."""
        rows = connection.execute(_READ, (BATCH,)).fetchall()
        self._report(rows)
        if not rows:
            return 0
        reach("relay.after_read")
        if self._producer is None:
            self._producer = self._event_log.producer()
        results = self._producer.append([_outgoing(row) for row in rows])
        reach("relay.after_publish")
        done = [row[0] for row, error in zip(rows, results, strict=True) if error is None]
        connection.execute("DELETE FROM outbox WHERE id = ANY(%s)", (done,))
        reach("relay.after_delete")
        metrics.relayed.labels(self._service).inc(len(done))
        failures = [error for error in results if error is not None]
        if failures:
            raise LogUnavailable(f"{len(failures)} of {len(rows)} events were not taken") from failures[0]
        return len(done)

    def _lead(self, connection: psycopg.Connection[Any], stop: threading.Event) -> None:
        leading = False
        while not stop.is_set():
            if not leading:
                leading = bool(connection.execute(_LEADER_LOCK).fetchone()[0])  # type: ignore[index]
                if not leading:
                    stop.wait(1.0)
                    continue
                connection.execute(f"LISTEN {CHANNEL}")
                log.info("relay leads")
            if self.relay_once(connection) < BATCH and not stop.is_set():
                next(connection.notifies(timeout=_IDLE_WAIT_S, stop_after=1), None)

    def _report(self, rows: Sequence[Sequence[Any]]) -> None:
        oldest: datetime | None = rows[0][6] if rows else None
        age = (utcnow() - oldest).total_seconds() if oldest else 0.0
        metrics.outbox_age_seconds.labels(self._service).set(max(0.0, age))
        metrics.outbox_rows.labels(self._service).set(len(rows))

    def _drop_producer(self) -> None:
        if self._producer is not None:
            self._producer.close()
            self._producer = None


def _outgoing(row: Sequence[Any]) -> Outgoing:
    _, topic, partition, key, headers, payload, _ = row
    return Outgoing(
        topic=topic,
        partition=partition,
        key=key.encode(),
        value=bytes(payload),
        headers=tuple((name, value.encode()) for name, value in headers.items()),
    )
