"""Applies a batch: one transaction for event ids, effects, dead letters and position; poison is bisected out."""

import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence

import structlog
from sqlalchemy.exc import DBAPIError

from shared.db.tenancy import Database, Scope
from shared.errors import PracticeNotKnownYet
from shared.eventlog.interface import LogRecord, TopicPartition
from shared.path import inbox
from shared.path.arrivals import Arrival
from shared.path.effects import REACTION_BUDGET_S, TooSlow, apply_effects
from shared.path.failpoints import reach
from shared.path.handlers import Handlers
from shared.path.limit import MustStop, check_limit
from shared.path.transient import is_conflict, is_transient
from shared.telemetry import metrics

log = structlog.get_logger()
_CONFLICTS = 5  # deadlocks with this service's own commands: tried again at once, so often


class Applying:
    """What a consumer does with a batch, wherever the batch came from."""

    def __init__(self, database: Database, handlers: Handlers, *, dead_letter_ratio: float) -> None:
        self._database = database
        self._handlers = handlers
        self._service = handlers.service
        self._dead_letter_ratio = dead_letter_ratio
        self._reaction_s = 0.005  # a running mean, to size chunks by the budget

    def chunks(self, arrivals: list[Arrival]) -> Iterator[list[Arrival]]:
        """Cut after as many reactions as fit the budget by what those before took."""
        reactions = self._handlers.reactions
        if not reactions:
            yield arrivals
            return
        chunk: list[Arrival] = []
        left = self._reactions_in_budget()
        for one in arrivals:
            chunk.append(one)
            if one.received is not None and type(one.received.event) in reactions:
                left -= 1
                if left == 0:
                    yield chunk
                    chunk = []
                    left = self._reactions_in_budget()
        if chunk:
            yield chunk

    def _reactions_in_budget(self) -> int:
        return max(1, int(REACTION_BUDGET_S / self._reaction_s))

    def apply(self, log_id: str, chunk: list[Arrival]) -> None:
        """Apply a chunk whole; if it fails, halve it until the poison event stands alone, and bury that."""
        try:
            self._commit_despite_conflicts(log_id, chunk)
        except TooSlow as slow:
            self._reaction_s = slow.mean_s
            self._in_halves(log_id, chunk)
        except (PracticeNotKnownYet, MustStop):
            raise
        except Exception as error:
            if is_transient(error):
                raise
            if len(chunk) > 1:
                self._in_halves(log_id, chunk)
                return
            log.error("event put aside", event_type=_type_of(chunk[0]), reason="failed", exc_info=True)
            self._commit(log_id, chunk, poison=error)

    def _in_halves(self, log_id: str, chunk: list[Arrival]) -> None:
        middle = len(chunk) // 2
        self.apply(log_id, chunk[:middle])
        self.apply(log_id, chunk[middle:])

    def _commit_despite_conflicts(self, log_id: str, chunk: list[Arrival]) -> None:
        for attempt in range(_CONFLICTS):
            try:
                self._commit(log_id, chunk)
                return
            except DBAPIError as error:
                if not is_conflict(error):
                    raise
            time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311  (so that two don't meet again)
        self._commit(log_id, chunk)

    def _commit(self, log_id: str, chunk: list[Arrival], *, poison: BaseException | None = None) -> None:
        offsets = next_offsets([one.record for one in chunk])
        first = next((one.received for one in chunk if one.received is not None), None)
        with self._database.transaction(Scope(first and first.practice_id, role="worker")) as db:
            positions, parked = inbox.lock_positions(db, log_id, offsets)
            # What another member applied meanwhile is behind the position: skip it.
            chunk = [one for one in chunk if one.record.offset >= positions[one.place]]
            ready, put_aside = self._sorted_out(chunk, parked, poison)
            for one, reason in put_aside:
                inbox.bury(db, log_id, one, reason, poison)
            fresh = inbox.remember(db, self._service, ready)
            reach("consumer.after_inbox")
            if any(reason != "parked" for _, reason in put_aside):
                check_limit(db, self._dead_letter_ratio)
            if mean := apply_effects(db, self._handlers, fresh):
                self._reaction_s = max(0.0005, 0.8 * self._reaction_s + 0.2 * mean)
            reach("consumer.after_effects")
            ticks = {one.place: one.envelope.occurred_at for one in chunk if one.envelope and one.is_tick}
            ahead = {at: offset for at, offset in offsets.items() if offset > positions[at]}
            inbox.advance(db, log_id, ahead, ticks)
            reach("consumer.before_commit")
        reach("consumer.after_commit")
        for topic, count in Counter(one.record.topic for one in fresh).items():
            metrics.consumed.labels(self._service, topic).inc(count)
        for reason, count in Counter(reason for _, reason in put_aside).items():
            metrics.dead_letters.labels(self._service, reason).inc(count)

    @staticmethod
    def _sorted_out(
        chunk: list[Arrival], parked: set[tuple[str, bytes]], poison: BaseException | None
    ) -> tuple[list[Arrival], list[tuple[Arrival, str]]]:
        """What may be applied, and what is put aside with its reason."""
        ready: list[Arrival] = []
        put_aside: list[tuple[Arrival, str]] = []
        for one in chunk:
            if one.dead is not None:
                put_aside.append((one, one.dead))
                if one.envelope is not None:
                    parked.add(one.order_key)
            elif one.received is None:
                continue
            elif parked and one.order_key in parked and one.received.event.NEEDS_ORDER:
                put_aside.append((one, "parked"))
            elif poison is not None:
                put_aside.append((one, "failed"))
            else:
                ready.append(one)
        return ready, put_aside


def next_offsets(records: Sequence[LogRecord]) -> dict[TopicPartition, int]:
    """Per partition the offset after its last record here; offsets ascend within a partition."""
    ends = {(record.topic, record.partition): record.offset + 1 for record in records}
    return {TopicPartition(*at): offset for at, offset in ends.items()}


def _type_of(one: Arrival) -> str:
    return one.envelope.type if one.envelope else "unreadable"
