"""A member of a group as a test uses it: what it read, what it was told, and patience with a deadline."""

import contextlib
import threading
import time
from collections.abc import Callable, Sequence

from shared.eventlog.interface import EventLog, LogRecord, LogUnavailable, Outgoing, TopicPartition

PATIENCE_S = 30.0


def outgoing(topic: str, partition: int, *values: str) -> list[Outgoing]:
    return [Outgoing(topic, partition, b"key", value.encode()) for value in values]


def append(log: EventLog, records: Sequence[Outgoing]) -> None:
    """Append with a producer of its own; every record must be acknowledged."""
    producer = log.producer()
    try:
        assert producer.append(records) == [None] * len(records)
    finally:
        producer.close()


class Reader:
    """One member. `positions`, where given, are sought in on_assigned, as the platform's consumers do."""

    def __init__(
        self,
        log: EventLog,
        group: str,
        topics: Sequence[str],
        member: str,
        positions: dict[TopicPartition, int] | None = None,
    ) -> None:
        self.records: list[LogRecord] = []
        self.told: list[tuple[str, frozenset[TopicPartition]]] = []
        self.told_on: set[int] = set()
        self.positions = positions or {}
        self.consumer = log.consumer(
            group, topics, member=member, on_assigned=self._assigned, on_revoked=self._revoked
        )

    def _assigned(self, partitions: frozenset[TopicPartition]) -> None:
        self.told.append(("assigned", partitions))
        self.told_on.add(threading.get_ident())
        for at in partitions & self.positions.keys():
            self.consumer.seek(at, self.positions[at])

    def _revoked(self, partitions: frozenset[TopicPartition]) -> None:
        self.told.append(("revoked", partitions))
        self.told_on.add(threading.get_ident())

    @property
    def values(self) -> list[str]:
        return [record.value.decode() for record in self.records]

    @property
    def partitions(self) -> set[int]:
        return {at.partition for at in self.consumer.assignment()}

    def poll(self, max_records: int = 500) -> list[LogRecord]:
        records = self.consumer.poll(0.5, max_records)
        self.records += records
        return records

    def poll_through_outages(self) -> None:
        with contextlib.suppress(LogUnavailable):
            self.poll()

    def read_until(self, enough: Callable[[], bool], *, through_outages: bool = False) -> "Reader":
        together([self], enough, through_outages=through_outages)
        return self

    def read(self, number: int) -> "Reader":
        return self.read_until(lambda: len(self.records) >= number)


def together(readers: Sequence[Reader], enough: Callable[[], bool], *, through_outages: bool = False) -> None:
    """Let each reader poll on its own thread, as processes would, until `enough`."""
    deadline = time.monotonic() + PATIENCE_S
    failures: list[BaseException] = []

    def run(reader: Reader) -> None:
        while not enough() and not failures and time.monotonic() < deadline:
            try:
                reader.poll()
            except LogUnavailable as error:
                if not through_outages:
                    failures.append(error)
                time.sleep(0.1)
            except BaseException as error:
                failures.append(error)

    if len(readers) == 1:
        run(readers[0])
    else:
        threads = [threading.Thread(target=run, args=(reader,)) for reader in readers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]
    if not enough():
        seen = [(sorted(reader.partitions), reader.values[-3:], reader.told) for reader in readers]
        raise AssertionError(f"not enough after {PATIENCE_S:.0f} s: {seen}")


class Readers:
    """Makes readers of one topic and closes them all at the end of the test."""

    def __init__(self, log: EventLog, topic: str) -> None:
        self._log = log
        self._topic = topic
        self._made: list[Reader] = []

    def __call__(
        self, member: str = "1", group: str = "group", positions: dict[TopicPartition, int] | None = None
    ) -> Reader:
        reader = Reader(self._log, f"{self._topic}.{group}", [self._topic], member, positions)
        self._made.append(reader)
        return reader

    def close(self) -> None:
        for reader in self._made:
            reader.consumer.close()
