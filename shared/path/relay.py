"""The relay: sends the outbox to the log in order and deletes what the log acknowledged. One leader at a time."""

import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import psycopg
import structlog

from shared.eventlog.admission import HeldBack
from shared.eventlog.interface import EventLog, LogProducer, LogUnavailable, Outgoing, Sending
from shared.events.envelope import tick_key
from shared.path.failpoints import reach
from shared.path.outbox import CHANNEL
from shared.path.tracing import send
from shared.telemetry import metrics

log = structlog.get_logger()
BATCH = 1000
_UNDER_WAY = 3  # batches sent and not yet acknowledged: 30k rows/s instead of 22k (docs/event-path.md)
_PASS = 50_000  # rows of one pass: then it looks from the beginning again, and whether it should stop
_IDLE_WAIT_S = 0.5
_LONGEST_HOLD_S = 60.0
_LEADER_LOCK = "SELECT pg_try_advisory_lock(hashtext('attune-relay'))"
# A stopped process would keep the leader's lock for good: the server ends its silent session (docs/event-path.md, 3).
_OPTIONS = "-c timezone=UTC -c idle_session_timeout=5000 -c idle_in_transaction_session_timeout=5000"
# A pass goes from the oldest row to the newest of its beginning, each batch behind what is already under way: so it
# never wades through rows that are gone and not yet vacuumed. Nothing newer is taken along: a row of a lower id may
# have committed meanwhile, and what its key recorded next, or a tick that vouches for it, must not overtake it.
_READ = (
    "SELECT id, topic, partition, key, CAST(headers AS text), payload, (SELECT max(id) FROM outbox) FROM outbox"
    " WHERE id > %s AND id <= %s AND NOT key = ANY(%s) ORDER BY id LIMIT %s"
)
_ANY_ID = 2**63 - 1
_headers = msgspec.json.Decoder(dict[str, str]).decode


@dataclass
class _Hold:
    """A key whose oldest event the log refused. The ticks of its partition wait too: they would vouch for it."""

    partition: int
    until: float
    pause_s: float


class Relay:
    """Runs on its own thread with its own connection; `run` returns when `stop` is set."""

    def __init__(self, database_url: str, event_log: EventLog, *, service: str) -> None:
        self._url = database_url
        self._event_log = event_log
        self._service = service
        metrics.relay_failures.labels(service)  # from 0 on: the first one must be seen as a rise
        self._producer: LogProducer | None = None
        self._holds: dict[str, _Hold] = {}
        self.batch = BATCH
        self.hold_s = 0.5  # how long a key waits at first when the log refused its event

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
                self.close()
                stop.wait(pause)
                pause = min(5.0, pause * 2)
        self.close()

    def relay_once(self, connection: psycopg.Connection[Any]) -> int:
        """One pass from the oldest event to the newest; returns how many the log acknowledged.

        A key whose event is refused stops there and is tried again later; the others go on. Raises
        LogUnavailable when the log took nothing of a batch.
        """
        rows: Sequence[Any]
        held = self._held()
        under_way: deque[tuple[Sequence[Any], Sending]] = deque()
        refused: set[str] = set()  # in this pass: what was sent behind them must be sent again
        last_id, newest_id, read, done, is_more = 0, _ANY_ID, 0, 0, True
        while is_more or under_way:
            if is_more and len(under_way) < _UNDER_WAY:
                rows = connection.execute(
                    _READ, (last_id, newest_id, held, self.batch), binary=True
                ).fetchall()
                read += len(rows)
                is_more = len(rows) == self.batch and read < _PASS
                if rows:
                    reach("relay.after_read")
                    last_id, newest_id = rows[-1][0], min(newest_id, rows[0][-1])
                    under_way.append((rows, self._send(rows)))
                if is_more:
                    continue
            if under_way:
                rows, sending = under_way.popleft()
                done += self._settle(connection, rows, sending.outcome(), refused)
                is_more = is_more and not refused  # the log would take what must not overtake the refused
        return done

    def close(self) -> None:
        """Give up the producer; the next pass makes a new one."""
        if self._producer is not None:
            self._producer.close()
            self._producer = None

    def _send(self, rows: Sequence[Any]) -> Sending:
        if self._producer is None:
            self._producer = self._event_log.producer()
        return send(self._producer, [_outgoing(row) for row in rows], self._service)

    def _settle(
        self,
        connection: psycopg.Connection[Any],
        rows: Sequence[Any],
        errors: Sequence[Exception | None],
        refused: set[str],
    ) -> int:
        """Delete what was acknowledged, but nothing behind a refused event of its key; returns how many."""
        reach("relay.after_publish")
        done = []
        for row, error in zip(rows, errors, strict=True):
            key = row[3]
            if error is not None:
                refused.add(key)
                if not isinstance(error, HeldBack):
                    self._hold(key, row[2], error)
            elif key not in refused:
                done.append(row[0])
                self._holds.pop(key, None)
        connection.execute("DELETE FROM outbox WHERE id = ANY(%s)", (done,))
        reach("relay.after_delete")
        metrics.relayed.labels(self._service).inc(len(done))
        metrics.relay_keys_held.labels(self._service).set(len(self._holds))
        return len(done)

    def _held(self) -> list[str]:
        """Keys that this pass leaves alone."""
        now = time.monotonic()
        waiting = {key: hold for key, hold in self._holds.items() if hold.until > now}
        return [*waiting, *{tick_key(hold.partition) for hold in waiting.values()}]

    def _hold(self, key: str, partition: int, error: Exception) -> None:
        before = self._holds.get(key)
        pause = min(_LONGEST_HOLD_S, before.pause_s * 2) if before else self.hold_s
        self._holds[key] = _Hold(partition, time.monotonic() + pause, pause)
        metrics.relay_failures.labels(self._service).inc()
        log.warning("the log refused an event", error_type=type(error).__name__, retry_in_s=pause)

    def _lead(self, connection: psycopg.Connection[Any], stop: threading.Event) -> None:
        while not connection.execute(_LEADER_LOCK).fetchone()[0]:  # type: ignore[index]
            if stop.wait(1.0):
                return
        # Not on the lock's own session: of a stopped process, some three hundred unread notifications fill the
        # socket, the server waits to write the next, and would never end a session that does so.
        with psycopg.connect(
            self._url, autocommit=True, connect_timeout=5, application_name="relay-listener"
        ) as listener:
            listener.execute(f"LISTEN {CHANNEL}")
            log.info("relay leads")
            while not stop.is_set():
                if self.relay_once(connection) == 0 and not stop.is_set():
                    _wait(listener)


def _wait(listener: psycopg.Connection[Any]) -> None:
    """Until an event was recorded, or for half a second."""
    if next(listener.notifies(timeout=_IDLE_WAIT_S, stop_after=1), None) is not None:
        deque(listener.notifies(timeout=0), maxlen=0)  # what else has arrived says no more than that


def _outgoing(row: Sequence[Any]) -> Outgoing:
    _, topic, partition, key, headers, payload, *_ = row
    signed = tuple([(name, value.encode()) for name, value in _headers(headers).items()])
    return Outgoing(topic, partition, key.encode(), payload, signed)
