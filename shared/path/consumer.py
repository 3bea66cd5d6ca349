"""The consumer loop: poll, apply (`applying`), hint. Outages are waited out; too many dead letters stop it."""

import threading
import time
from collections.abc import Mapping, Sequence

import structlog

from shared.db.tenancy import Database, Scope
from shared.errors import PracticeNotKnownYet
from shared.eventlog.interface import PARTITIONS, EventLog, LogConsumer, TopicPartition
from shared.path import inbox
from shared.path.applying import Applying, next_offsets
from shared.path.arrivals import Arrival, open_all
from shared.path.failpoints import reach
from shared.path.handlers import Handlers
from shared.path.limit import MustStop, NothingIsOurs
from shared.path.transient import is_transient
from shared.telemetry import metrics

log = structlog.get_logger()
BATCH = 2000
_POLL_S = 0.5  # kafka-python: a shorter poll can leave a start stuck for good (docs/event-path.md, trap 1)
_REPORT_EVERY_S = 5.0
_HINT_EVERY_S = 1.0
_HELD_S = 0.5
_STOPPED_S = 30.0


class Consumer:
    """Applies what its service handles. Owns one thread and one database connection."""

    def __init__(
        self,
        database: Database,
        event_log: EventLog,
        handlers: Handlers,
        *,
        event_key: bytes,
        member: str,
        dead_letter_ratio: float = 0.1,
        leaves_group: bool = False,
    ) -> None:
        """`dead_letter_ratio`: the share of the latest events that may be put aside before it stops, 0 to 1.

        `leaves_group`: nobody will come back under this name, so its partitions are free when it stops.
        """
        self._database = database
        self._event_log = event_log
        self._handlers = handlers
        self._event_key = event_key
        self._member = member
        self._leaves_group = leaves_group
        self._service = handlers.service
        metrics.consumer_stopped.labels(self._service).set(0)
        self._applying = Applying(database, handlers, dead_letter_ratio=dead_letter_ratio)
        self._log_id = ""
        self._source: LogConsumer | None = None
        self._reported_at = 0.0
        self._hinted_at = 0.0
        self._hints: dict[TopicPartition, int] = {}
        self._held: dict[TopicPartition, float] = {}  # waiting for their practice: when to try again
        self.trouble: str | None = None  # why it stands still, in plain words
        self.is_key_proven = False

    def run(self, stop: threading.Event) -> None:
        """Consume until told to stop. A transient failure starts over from the position in the database.

        Too many dead letters stop it: it says so again and again, and goes on when they have been replayed or a
        mended version runs.
        """
        pause = 0.1
        while not stop.is_set():
            try:
                self.open()
                while not stop.is_set():
                    self.step(_POLL_S)
                    pause = 0.1
            except MustStop as error:
                self._stand_still(error)
                stop.wait(_STOPPED_S)
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("consumer pauses", error_type=type(error).__name__, retry_in_s=pause)
                self.close()
                stop.wait(pause)
                pause = min(5.0, pause * 2)
        self.close(for_good=True)

    def open(self) -> None:
        """Join the group; reading starts at the positions in the database."""
        self._log_id = self._event_log.log_id()
        self._held.clear()
        self._hints.clear()
        self._source = self._event_log.consumer(
            f"attune.{self._service}",
            self._handlers.topics(),
            member=self._member,
            on_assigned=self._on_assigned,
            on_revoked=lambda _: None,  # positions are in the database: there is nothing to hand over
        )

    def close(self, *, for_good: bool = False) -> None:
        source, self._source = self._source, None
        if source is not None:
            try:
                if for_good and self._leaves_group:
                    source.leave()
                else:
                    source.close()
            except Exception as error:
                log.warning("consumer did not close cleanly", error_type=type(error).__name__)

    def step(self, timeout_s: float) -> int:
        """Poll once and apply what came; returns how many records."""
        source = self._source
        if source is None:
            raise RuntimeError("open the consumer first")
        self._release(source)
        records = source.poll(timeout_s, BATCH)
        metrics.poll_age_seconds.labels(self._service).set_to_current_time()
        if records:
            reach("consumer.after_poll")
            metrics.batch_events.labels(self._service).observe(len(records))
            with metrics.batch_seconds.labels(self._service).time():
                arrivals = open_all(records, self._event_key, self._handlers.handled())
                self._prove_key(arrivals)
                for chunk in self._applying.chunks(arrivals):
                    self._apply_known(source, chunk)
            self._hints.update(next_offsets(records))
        self._running()
        self._hint(source)
        self._report(source)
        return len(records)

    @property
    def reads_all(self) -> bool:
        """Whether it has every partition of its topics, and holds none back for a practice it doesn't know yet."""
        mine = self._source.assignment() if self._source is not None else ()
        return not self._held and len(mine) == PARTITIONS * len(self._handlers.topics())

    @property
    def is_assigned(self) -> bool:
        return self._source is not None and bool(self._source.assignment())

    def _prove_key(self, arrivals: Sequence[Arrival]) -> None:
        """With a wrong key everything looks forged, would be put aside as evidence and never be applied.

        Owners tick on every partition every five seconds, so a right key is proven soon. Raises NothingIsOurs.
        """
        self.is_key_proven = self.is_key_proven or any(one.envelope is not None for one in arrivals)
        if not self.is_key_proven:
            raise NothingIsOurs

    def _apply_known(self, source: LogConsumer, chunk: list[Arrival]) -> None:
        """Apply a chunk. Partitions whose events are ahead of their practice's own wait; the others go on.

        There is no order across topics: on a rebuild from the log, an event can come before the practice it
        belongs to, which may lie behind it in this very batch.
        """
        if self._held:
            chunk = [one for one in chunk if one.place not in self._held]
        if not chunk:  # an earlier chunk of the same poll has put its partitions on hold
            return
        try:
            self._apply(chunk)
        except PracticeNotKnownYet:
            places = sorted({one.place for one in chunk})
            if len(places) > 1:
                for at in places:
                    self._apply_known(source, [one for one in chunk if one.place == at])
                return
            self._held[places[0]] = time.monotonic() + _HELD_S
            source.pause(places)
            log.info("waiting for a practice", topic=places[0].topic, partition=places[0].partition)

    def _release(self, source: LogConsumer) -> None:
        """Read held partitions again from their position in the database."""
        due = [at for at, moment in self._held.items() if moment <= time.monotonic()]
        if not due:
            return
        with self._database.transaction(Scope(role="worker")) as db:
            positions = inbox.lock_positions(db, self._log_id, due).positions
        for at in due:
            del self._held[at]
            if at in source.assignment():
                source.seek(at, positions[at])
                source.resume([at])

    def _apply(self, chunk: list[Arrival]) -> None:
        self._applying.apply(self._log_id, chunk)

    def _on_assigned(self, partitions: frozenset[TopicPartition]) -> None:
        metrics.rebalances.labels(self._service).inc()
        source = self._source
        if not partitions or source is None:
            return
        self._hints.clear()
        with self._database.transaction(Scope(role="worker")) as db:
            positions = inbox.lock_positions(db, self._log_id, partitions).positions
        for at, offset in positions.items():
            source.seek(at, offset)

    def _hint(self, source: LogConsumer) -> None:
        """Tell the log the position now and then, for its own tools: ours is in the database."""
        now = time.monotonic()
        if not self._hints or now - self._hinted_at < _HINT_EVERY_S:
            return
        self._hinted_at = now
        source.commit_hint({at: offset for at, offset in self._hints.items() if at not in self._held})
        reach("consumer.after_hint")
        self._hints.clear()

    def _stand_still(self, why: MustStop) -> None:
        self.close()
        self.trouble = f"stopped: {why}"
        metrics.consumer_stopped.labels(self._service).set(1)
        log.error("consumer stopped", reason=str(why))

    def _running(self) -> None:
        if self.trouble is not None:
            self.trouble = None
            metrics.consumer_stopped.labels(self._service).set(0)

    def _report(self, source: LogConsumer) -> None:
        now = time.monotonic()
        if now - self._reported_at < _REPORT_EVERY_S:
            return
        self._reported_at = now
        ends = source.end_offsets()
        lags: Mapping[str, tuple[int, float]] = {}
        if ends:
            with self._database.transaction(Scope(role="worker")) as db:
                lags = inbox.lags(db, self._log_id, ends)
        for topic in set(self._handlers.topics()) - set(lags):  # another member reads it now, and tells of it
            metrics.consumer_lag_events.remove(self._service, topic)
            metrics.consumer_lag_seconds.remove(self._service, topic)
        for topic, (events, seconds) in lags.items():
            metrics.consumer_lag_events.labels(self._service, topic).set(events)
            metrics.consumer_lag_seconds.labels(self._service, topic).set(seconds)
