"""A writer that does as the outbox does: what was not acknowledged is sent again, in order, until it is."""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from shared.eventlog.interface import EventLog, LogRecord, LogUnavailable, Outgoing

PARTITIONS = 3


class Writer:
    """Writes numbered records to three partitions, on a thread of its own, until told to stop."""

    def __init__(self, log: EventLog, topic: str, *, batch: int = 9, begin: int = 0) -> None:
        self._log = log
        self._topic = topic
        self._batch = batch
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.acknowledged = begin
        self.failures = 0  # appends that the log did not acknowledge, whole or in part

    @property
    def values(self) -> set[str]:
        return {self._value(number) for number in range(self.acknowledged)}

    @contextmanager
    def writing(self) -> Iterator["Writer"]:
        self._thread.start()
        try:
            yield self
        finally:
            self.stop()

    def stop(self) -> None:
        """Returns when all that was begun is acknowledged."""
        self._stop.set()
        self._thread.join(60)
        assert not self._thread.is_alive(), "the last batch is still not acknowledged"

    def _run(self) -> None:
        producer = self._log.producer()
        while not self._stop.is_set():
            numbers = range(self.acknowledged, self.acknowledged + self._batch)
            waiting = [Outgoing(self._topic, n % PARTITIONS, b"k", self._value(n).encode()) for n in numbers]
            while waiting:
                try:
                    errors = producer.append(waiting)
                except LogUnavailable:
                    self.failures += 1
                    time.sleep(0.05)
                    continue
                self.failures += any(errors)
                waiting = [one for one, error in zip(waiting, errors, strict=True) if error is not None]
            self.acknowledged += self._batch
        producer.close()

    def _value(self, number: int) -> str:
        return f"{number % PARTITIONS}:{number:06}"


def first_occurrences_ascend(records: Iterable[LogRecord]) -> bool:
    """Whether each partition's records come in order, when those that come again are left out."""
    seen: dict[int, dict[str, None]] = {}
    for record in records:
        seen.setdefault(record.partition, {}).setdefault(record.value.decode())
    return all(list(values) == sorted(values) for values in seen.values())
