"""The consumer loop: poll, apply in one transaction, commit, hint. Poison is bisected out, outages are waited out."""

import threading
import time
from collections.abc import Sequence

import structlog

from shared.db.tenancy import Database, Scope
from shared.errors import PracticeNotKnownYet
from shared.eventlog.interface import EventLog, LogConsumer, LogRecord, TopicPartition
from shared.path import inbox
from shared.path.arrivals import Arrival, open_all
from shared.path.effects import apply_effects
from shared.path.failpoints import reach
from shared.path.handlers import Handlers
from shared.path.transient import is_transient
from shared.telemetry import metrics

log = structlog.get_logger()
BATCH = 2000
_POLL_S = 0.5  # kafka-python: a shorter poll can leave a start stuck for good (docs/event-path.md, trap 1)
_REACTION_BUDGET_S = 0.1  # a withdrawal never waits longer than this behind other reactions
_REPORT_EVERY_S = 5.0
_HELD_S = 0.5


class Consumer:
    """Applies what its service handles. Owns one thread and one database connection."""

    def __init__(
        self, database: Database, event_log: EventLog, handlers: Handlers, *, event_key: bytes, member: str
    ) -> None:
        self._database = database
        self._event_log = event_log
        self._handlers = handlers
        self._event_key = event_key
        self._member = member
        self._service = handlers.service
        self._log_id = ""
        self._source: LogConsumer | None = None
        self._reaction_s = 0.005  # a running mean, to size chunks by the budget
        self._reported_at = 0.0
        self._held: dict[TopicPartition, float] = {}  # waiting for their practice: when to try again

    def run(self, stop: threading.Event) -> None:
        """Consume until told to stop. A transient failure starts over from the position in the database."""
        pause = 0.1
        while not stop.is_set():
            try:
                self.open()
                while not stop.is_set():
                    self.step(_POLL_S)
                    pause = 0.1
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("consumer pauses", error_type=type(error).__name__, retry_in_s=pause)
                self.close()
                stop.wait(pause)
                pause = min(5.0, pause * 2)
        self.close()

    def open(self) -> None:
        """Join the group; reading starts at the positions in the database."""
        self._log_id = self._event_log.log_id()
        self._held.clear()
        self._source = self._event_log.consumer(
            f"attune.{self._service}",
            self._handlers.topics(),
            member=self._member,
            on_assigned=self._on_assigned,
            on_revoked=lambda _: None,  # positions are in the database: there is nothing to hand over
        )

    def close(self) -> None:
        source, self._source = self._source, None
        if source is not None:
            try:
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
            metrics.batch_events.labels(self._service).observe(len(records))
            with metrics.batch_seconds.labels(self._service).time():
                for chunk in self._chunks(open_all(records, self._event_key, self._handlers.handled())):
                    self._apply_known(source, chunk)
            ends = _next_offsets(records)
            source.commit_hint({at: offset for at, offset in ends.items() if at not in self._held})
        self._report(source)
        return len(records)

    @property
    def is_assigned(self) -> bool:
        return self._source is not None and bool(self._source.assignment())

    def _chunks(self, arrivals: list[Arrival]) -> list[list[Arrival]]:
        """Cut after as many reactions as fit the budget."""
        most = max(1, int(_REACTION_BUDGET_S / self._reaction_s))
        chunks: list[list[Arrival]] = [[]]
        reactions = 0
        for one in arrivals:
            chunks[-1].append(one)
            if one.received is not None and type(one.received.event) in self._handlers.reactions:
                reactions += 1
                if reactions % most == 0:
                    chunks.append([])
        return [chunk for chunk in chunks if chunk]

    def _apply_known(self, source: LogConsumer, chunk: list[Arrival]) -> None:
        """Apply a chunk. Partitions whose events are ahead of their practice's own wait; the others go on.

        There is no order across topics: on a rebuild from the log, an event can come before the practice it
        belongs to, which may lie behind it in this very batch.
        """
        chunk = [one for one in chunk if _place(one.record) not in self._held]
        if not chunk:  # an earlier chunk of the same poll has put its partitions on hold
            return
        try:
            self._apply(chunk)
        except PracticeNotKnownYet:
            places = sorted({_place(one.record) for one in chunk})
            if len(places) > 1:
                for at in places:
                    self._apply_known(source, [one for one in chunk if _place(one.record) == at])
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
            positions = inbox.lock_positions(db, self._log_id, due)
        for at in due:
            del self._held[at]
            if at in source.assignment():
                source.seek(at, positions[at])
                source.resume([at])

    def _apply(self, chunk: list[Arrival]) -> None:
        """Apply a chunk whole; if it fails, halve it until the poison event stands alone, and bury that."""
        try:
            self._commit(chunk)
        except Exception as error:
            if is_transient(error):
                raise
            if len(chunk) > 1:
                middle = len(chunk) // 2
                self._apply(chunk[:middle])
                self._apply(chunk[middle:])
                return
            log.error("event put aside", event_type=_type_of(chunk[0]), reason="failed", exc_info=True)
            self._commit(chunk, poison=error)

    def _commit(self, chunk: list[Arrival], *, poison: BaseException | None = None) -> None:
        offsets = _next_offsets([one.record for one in chunk])
        with self._database.transaction(Scope(role="worker")) as db:
            positions = inbox.lock_positions(db, self._log_id, offsets)
            # What another member applied meanwhile is behind the position: skip it.
            chunk = [one for one in chunk if one.record.offset >= positions[_place(one.record)]]
            parked = inbox.parked_keys(db, chunk)
            ready = []
            for one in chunk:
                if one.dead is not None:
                    inbox.bury(db, self._service, self._log_id, one, one.dead)
                    if one.envelope is not None:
                        parked.add(one.order_key)
                elif one.received is not None and one.order_key in parked and one.received.event.NEEDS_ORDER:
                    inbox.bury(db, self._service, self._log_id, one, "parked")
                elif one.received is not None and poison is not None:
                    inbox.bury(db, self._service, self._log_id, one, "failed", poison)
                else:
                    ready.append(one)
            fresh = inbox.remember(db, self._service, ready)
            if mean := apply_effects(db, self._handlers, fresh):
                self._reaction_s = max(0.0005, 0.8 * self._reaction_s + 0.2 * mean)
            ticks = {
                _place(one.record): one.envelope.occurred_at for one in chunk if one.envelope and one.is_tick
            }
            ahead = {at: offset for at, offset in offsets.items() if offset > positions[at]}
            inbox.advance(db, self._log_id, ahead, ticks)
            reach("consumer.after_effects")
        reach("consumer.after_commit")
        for one in fresh:
            metrics.consumed.labels(self._service, one.record.topic).inc()

    def _on_assigned(self, partitions: frozenset[TopicPartition]) -> None:
        metrics.rebalances.labels(self._service).inc()
        source = self._source
        if not partitions or source is None:
            return
        with self._database.transaction(Scope(role="worker")) as db:
            positions = inbox.lock_positions(db, self._log_id, partitions)
        for at, offset in positions.items():
            source.seek(at, offset)

    def _report(self, source: LogConsumer) -> None:
        now = time.monotonic()
        if now - self._reported_at < _REPORT_EVERY_S:
            return
        self._reported_at = now
        ends = source.end_offsets()
        if not ends:
            return
        with self._database.transaction(Scope(role="worker")) as db:
            lags = inbox.lags(db, self._log_id, ends)
            waiting = inbox.waiting(db)
        for topic, (events, seconds) in lags.items():
            metrics.consumer_lag_events.labels(self._service, topic).set(events)
            metrics.consumer_lag_seconds.labels(self._service, topic).set(seconds)
        metrics.dead_letters_waiting.labels(self._service).set(waiting)


def _place(record: LogRecord) -> TopicPartition:
    return TopicPartition(record.topic, record.partition)


def _next_offsets(records: Sequence[LogRecord]) -> dict[TopicPartition, int]:
    offsets: dict[TopicPartition, int] = {}
    for record in records:
        place = _place(record)
        offsets[place] = max(offsets.get(place, 0), record.offset + 1)
    return offsets


def _type_of(one: Arrival) -> str:
    return one.envelope.type if one.envelope else "unreadable"
