"""The real log behind a wrapper that refuses, forgets to answer, repeats, and lets others act in between."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from shared.eventlog.admission import HeldBack
from shared.eventlog.interface import (
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
from shared.eventlog.postgres.producer import Appended

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


class _Failed:
    """A sending that went wrong. Until somebody asks, what is sent after it goes nowhere, as the interface says."""

    def __init__(self, producer: "_Producer", end: LogUnavailable | list[Exception | None]) -> None:
        self._producer, self._end = producer, end

    def outcome(self) -> list[Exception | None]:
        self._producer.is_stopped = False
        if isinstance(self._end, LogUnavailable):
            raise self._end
        return self._end


class _Producer:
    def __init__(self, log: FaultyLog, real: LogProducer) -> None:
        self._log = log
        self._real = real
        self.is_stopped = False

    def send(self, records: Sequence[Outgoing]) -> Sending:
        if self.is_stopped:
            return _Failed(self, LogUnavailable("behind one that failed"))
        fault, self._log.appending = self._log.appending, None
        self._log.take_meanwhile()
        try:
            results = self._append(records, fault)
        except LogUnavailable as error:
            self.is_stopped = True
            return _Failed(self, error)
        self.is_stopped = any(results)
        return _Failed(self, results) if self.is_stopped else Appended(results)

    def append(self, records: Sequence[Outgoing]) -> list[Exception | None]:
        return self.send(records).outcome()

    def _append(self, records: Sequence[Outgoing], fault: Appending | None) -> list[Exception | None]:
        half = len(records) // 2
        lost = TimeoutError("no answer came")
        if fault == "refused":
            raise LogUnavailable("refused")
        if fault == "half_taken":
            taken = self._real.append(records[:half])
            return [*taken, *(HeldBack("not sent") for _ in records[half:])]
        if fault == "one_refused":
            return self._all_but_its_partition(records, lost)
        results = self._real.append(records)
        if fault == "twice":
            return self._real.append(records)
        if fault == "unanswered":
            raise LogUnavailable("no answer came")
        if fault == "half_answered":
            return [*results[:half], *(lost for _ in records[half:])]
        return results

    def _all_but_its_partition(self, records: Sequence[Outgoing], lost: Exception) -> list[Exception | None]:
        stopped = (records[0].topic, records[0].partition)
        others = [record for record in records if (record.topic, record.partition) != stopped]
        self._real.append(others)
        return [lost if (record.topic, record.partition) == stopped else None for record in records]

    def close(self) -> None:
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
