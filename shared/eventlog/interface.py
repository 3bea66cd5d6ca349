"""What the event path needs of a log: append in order per partition, poll as a group, know who one is.

Two adapters stand behind it: `kafka` (production) and `postgres` (one machine, the default). The inbox
makes delivery exactly-once in effect; the log itself promises at-least-once, in order per partition.
"""

import zlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

PARTITIONS = 12
"""Partitions of every topic (docs/event-path.md, 7). Changing it would move keys, so it is not a setting."""

RETENTION_DAYS = 30
"""How long a topic keeps its records unless told otherwise (docs/event-path.md, 7)."""


class TopicPartition(NamedTuple):
    topic: str
    partition: int


class Outgoing(NamedTuple):
    """One record to append. The writer names the partition (`partition_of` its key, or a tick's own)."""

    topic: str
    partition: int
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


class LogRecord(NamedTuple):
    """One record as it lies in the log. `offset` counts from 0 within its partition."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


class Patience(NamedTuple):
    """How long a group waits for a member before the others take its partitions over, in seconds."""

    silent_s: float = 10.0  # without a sign of life: the process is gone, or stopped
    busy_s: float = 300.0  # alive, but its thread does not poll: it hangs


PATIENCE = Patience()


class LogUnavailable(Exception):
    """The log can't be reached or did not answer in time. Transient: back off and try again."""


class Sending(Protocol):
    """Records on their way to the log."""

    def outcome(self) -> list[Exception | None]:
        """Wait for every acknowledgement: one entry per record, None when the log has it durably, else the error.

        Within one partition no record is acknowledged before an earlier one that failed unless sending them
        again in order is harmless (the outbox does so). Raises LogUnavailable when the log took nothing.
        """
        ...


class LogProducer(Protocol):
    """Appends records. One thread uses it."""

    def send(self, records: Sequence[Outgoing]) -> Sending:
        """Begin to append in the given order; a few sendings may be under way, whose outcomes are asked in order.

        Of a partition nothing gets into the log behind a record that failed until the outcome of that failure has
        been asked for. Raises LogUnavailable when nothing could be sent.
        """
        ...

    def append(self, records: Sequence[Outgoing]) -> list[Exception | None]:
        """Send and wait: `send(records).outcome()`."""
        ...

    def close(self) -> None: ...


class LogConsumer(Protocol):
    """One member of a group. One thread uses it; only `wake` may be called from another."""

    def poll(self, timeout_s: float, max_records: int) -> list[LogRecord]:
        """Wait up to `timeout_s` for records of the assigned partitions; offsets ascend per partition.

        Calls the group's callbacks (given at creation) from within, on this thread, never with an empty
        set. One that raises ends the poll; on_assigned is called again at the next, and no record of its
        partitions is returned before it has passed. A pause ends with the assignment it was made for. A
        partition that on_assigned does not seek is read from the hint, or from its beginning.
        Raises LogUnavailable when the log can't be reached.
        """
        ...

    def seek(self, at: TopicPartition, offset: int) -> None:
        """Read `at` from `offset` next. Only for an assigned partition, also from within on_assigned."""
        ...

    def pause(self, partitions: Sequence[TopicPartition]) -> None:
        """Stop returning records of these partitions until `resume`, while staying in the group."""
        ...

    def resume(self, partitions: Sequence[TopicPartition]) -> None: ...

    def assignment(self) -> frozenset[TopicPartition]: ...

    def end_offsets(self) -> Mapping[TopicPartition, int]:
        """Per assigned partition, the offset that the next record will get: lag = end - position."""
        ...

    def commit_hint(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Tell the log how far the group is, for its own tools. The truth is the position in the database."""
        ...

    def wake(self) -> None:
        """Make a waiting `poll` return soon. Safe from any thread."""
        ...

    def close(self) -> None:
        """Stop reading, without any callback. Others take over within about 10 s."""
        ...

    def leave(self) -> None:
        """Close, and give the member's name up, as it won't come back: others take over at once."""
        ...


PartitionsHandler = Callable[[frozenset[TopicPartition]], None]


class EventLog(Protocol):
    """A log that can be opened from any process after the fork."""

    def log_id(self) -> str:
        """Names this very log (Kafka's ids of cluster and topics, or the log database's own id).

        Positions belong to it.
        """
        ...

    def ensure_topics(self, topics: Sequence[str], *, retention_days: int = RETENTION_DAYS) -> None:
        """Create missing topics with PARTITIONS partitions. Harmless when they exist."""
        ...

    def producer(self) -> LogProducer: ...

    def consumer(
        self,
        group: str,
        topics: Sequence[str],
        *,
        member: str,
        on_assigned: PartitionsHandler,
        on_revoked: PartitionsHandler,
    ) -> LogConsumer:
        """Join `group`. `member` is the stable name of this process in it (static membership)."""
        ...

    def trim_expired(self, now: datetime) -> int:
        """Delete what each topic's retention has outlived; how many records. 0 where the log does so itself."""
        ...

    def close(self) -> None: ...


def partition_of(key: bytes) -> int:
    """The partition of a key, the same in every adapter and process, so that its tick is known.

    CRC-32 of the key (zlib), not a client library's own partitioner: those differ among libraries.
    """
    return zlib.crc32(key) % PARTITIONS
