"""The real log behind a wrapper that refuses, forgets to answer, repeats, and lets others act in between."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from shared.eventlog.admission import HeldBack
from shared.eventlog.interface import (
    PARTITIONS,
    EventLog,
    LogConsumer,
    LogProducer,
    LogRecord,
    LogUnavailable,
    Outgoing,
    PartitionsHandler,
    Sending,
    TopicPartition,
)

Appending = Literal["refused", "unanswered", "half_answered", "half_taken", "one_refused", "twice"]
APPENDING: tuple[Appending, ...] = (
    "refused",  # nothing is taken
    "unanswered",  # all is taken, nobody says so
    "half_answered",  # all is taken, only the first half is acknowledged
    "half_taken",  # only the first half is taken
    "one_refused",  # the first record fails; what follows in its partition is held back, the rest is taken
    "twice",  # a retry that the log did not recognise
)
Delivering = Literal["twice", "from_the_start", "lost", "hint_lost"]
DELIVERING: tuple[Delivering, ...] = (
    "twice",  # the same records again, in one batch
    "from_the_start",  # each partition is read again from its beginning at the next poll
    "lost",  # read, then the connection breaks
    "hint_lost",  # applied, then the log can't be told
)


class FaultyLog:
    """What one part sees of the log. A fault is met once, at the next append or poll."""

    def __init__(self, real: EventLog) -> None:
        self._real = real
        self.appending: Appending | None = None
        self.delivering: Delivering | None = None
        self.meanwhile: Callable[[], None] | None = None  # before an append, or between poll and records
        self.opened: list[LogConsumer] = []

    def producer(self) -> LogProducer:
        return _Producer(self, self._real.producer())

    def consumer(
        self,
        group: str,
        topics: Sequence[str],
        *,
        member: str,
        on_assigned: PartitionsHandler,
        on_revoked: PartitionsHandler,
    ) -> LogConsumer:
        real = self._real.consumer(
            group, topics, member=member, on_assigned=on_assigned, on_revoked=on_revoked
        )
        self.opened.append(real)
        return _Consumer(self, real)

    def take_meanwhile(self) -> None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class _Sending:
    """What became of records; whoever asks learns of the failures, and the producer begins anew."""

    def __init__(self, producer: "_Producer", outcome: list[Exception | None] | LogUnavailable) -> None:
        self._producer = producer
        self._outcome = outcome

    def outcome(self) -> list[Exception | None]:
        if isinstance(self._outcome, LogUnavailable):
            self._producer.failed.clear()
            raise self._outcome
        if any(self._outcome):
            self._producer.failed.clear()
        return self._outcome


class _Producer:
    """As the real ones: behind a failure nothing of that partition is taken, until the caller has been told."""

    def __init__(self, log: FaultyLog, real: LogProducer) -> None:
        self._log = log
        self._real = real
        self.failed: set[int] = set()  # partitions of which a record failed, and nobody has asked yet

    def send(self, records: Sequence[Outgoing]) -> Sending:
        fault, self._log.appending = self._log.appending, None
        self._log.take_meanwhile()
        late = [record.partition in self.failed for record in records]
        try:
            taken = iter(
                self._append([one for one, is_late in zip(records, late, strict=True) if not is_late], fault)
            )
        except LogUnavailable as error:
            self.failed.update(range(PARTITIONS))
            return _Sending(self, error)
        outcome = [HeldBack("an earlier one failed") if is_late else next(taken) for is_late in late]
        self.failed.update(one.partition for one, error in zip(records, outcome, strict=True) if error)
        return _Sending(self, outcome)

    def append(self, records: Sequence[Outgoing]) -> list[Exception | None]:
        return self.send(records).outcome()

    def _append(self, records: Sequence[Outgoing], fault: Appending | None) -> list[Exception | None]:
        half = len(records) // 2
        lost = TimeoutError("no answer came")
        if fault == "refused":
            raise LogUnavailable("refused")
        if fault == "half_taken":
            return self._but_for(records, set(range(half, len(records))), lost)
        if fault == "one_refused":
            return self._but_for(records, {0}, lost)
        results = self._real.append(records)
        if fault == "twice":
            return self._real.append(records)
        if fault == "unanswered":
            raise LogUnavailable("no answer came")
        if fault == "half_answered":
            return [*results[:half], *(lost for _ in records[half:])]
        return results

    def _but_for(
        self, records: Sequence[Outgoing], those: set[int], lost: Exception
    ) -> list[Exception | None]:
        """Take all but those, and but for what follows one of those in its partition."""
        stopped: set[int] = set()
        outcome: list[Exception | None] = []
        for index, record in enumerate(records):
            held_back = HeldBack("an earlier one failed") if record.partition in stopped else None
            outcome.append(lost if index in those else held_back)
            if outcome[-1] is not None:
                stopped.add(record.partition)
        self._real.append([one for one, error in zip(records, outcome, strict=True) if error is None])
        return outcome

    def close(self) -> None:
        self.failed.clear()
        self._real.close()


class _Consumer:
    def __init__(self, log: FaultyLog, real: LogConsumer) -> None:
        self._log = log
        self._real = real

    def poll(self, timeout_s: float, max_records: int) -> list[LogRecord]:
        records = self._real.poll(timeout_s, max_records)
        fault = self._log.delivering
        if fault != "hint_lost":
            self._log.delivering = None
        self._log.take_meanwhile()
        if fault == "lost":
            raise LogUnavailable("the connection broke")
        if fault == "twice":
            return [*records, *records]
        if fault == "from_the_start":
            for at in self._real.assignment():
                self._real.seek(at, 0)
        return records

    def commit_hint(self, offsets: Mapping[TopicPartition, int]) -> None:
        if self._log.delivering == "hint_lost":
            self._log.delivering = None
            raise LogUnavailable("the log is away")
        self._real.commit_hint(offsets)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)
