"""Looking into a log without taking part: no group is joined, no offset is kept, nobody notices.

What operators' commands read through. Beside `interface` stands this smaller one, again with two adapters and
one suite of tests.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from shared.eventlog.interface import LogRecord, TopicPartition


@dataclass(frozen=True, slots=True)
class Seen:
    """One record and when the log took it (on Kafka: when it was sent)."""

    record: LogRecord
    appended_at: datetime


class Bounds(NamedTuple):
    """The offsets that a partition holds: from the first still kept up to, not including, the next."""

    first: int
    next: int


class LogReader(Protocol):
    """Reads any partition at any offset. One thread uses it. Every method raises LogUnavailable."""

    def log_id(self) -> str:
        """The same as the log's own (interface.EventLog)."""
        ...

    def bounds(self, topics: Collection[str]) -> Mapping[TopicPartition, Bounds]:
        """Per partition of these topics. A topic that was never made has none."""
        ...

    def since(self, topics: Collection[str], moment: datetime) -> Mapping[TopicPartition, int]:
        """Per partition, the offset of the first record taken at `moment` or later; else the next offset."""
        ...

    def read(self, start: Mapping[TopicPartition, int], most: int, *, timeout_s: float = 0.5) -> list[Seen]:
        """At most `most` records from these offsets on, ascending per partition.

        Waits up to about `timeout_s` for the first. An empty list says that there were none in that time; on
        Kafka it may also come early, so look at `bounds` to know the end.
        """
        ...

    def retention_days(self, topics: Collection[str]) -> Mapping[str, float | None]:
        """For how long each of these topics keeps its records; None: for ever. Missing topics are left out."""
        ...

    def close(self) -> None: ...


def open_reader(url: str) -> LogReader:
    """A reader of the log that `url` names (see eventlog.open_log). Nothing connects before it is used."""
    scheme, separator, rest = url.partition("://")
    if separator and scheme == "kafka":
        from shared.eventlog.kafka.peek import KafkaReader  # only where Kafka is used

        return KafkaReader(rest.rstrip("/"))
    if separator and scheme in ("postgresql", "postgres"):
        from shared.eventlog.postgres.peek import PostgresReader

        return PostgresReader(url)
    raise ValueError("the event log's URL must begin with kafka:// or postgresql://")
