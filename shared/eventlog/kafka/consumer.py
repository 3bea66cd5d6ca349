"""Reads Kafka as one static member of a group."""

import contextlib
import logging
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, OffsetAndMetadata
from kafka import TopicPartition as KafkaTopicPartition
from kafka.admin import MemberToRemove
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.errors import FencedInstanceIdError, KafkaError

from shared.eventlog.interface import (
    PATIENCE,
    LogRecord,
    LogUnavailable,
    PartitionsHandler,
    Patience,
    TopicPartition,
)
from shared.eventlog.kafka.client import make, plainly
from shared.eventlog.kafka.rebalance import Rebalances

_log = logging.getLogger(__name__)

SHORTEST_POLL_S = 0.5
"""A shorter poll can leave the start of a group stuck for good (docs/event-path.md, trap 1)."""
RECREATE_AFTER_S = 15.0
"""A consumer that polled for this long without a partition is made anew (same trap). For a static member
that has none because the group has more members than partitions, this changes nothing."""
PROBE_AFTER_S = 3.0
"""kafka-python polls a broker that is gone without a word; after this long without a record we ask."""

SETTINGS: dict[str, Any] = {
    "enable_auto_commit": False,
    "auto_offset_reset": "earliest",
    "allow_auto_create_topics": False,
    "partition_assignment_strategy": [RangePartitionAssignor],  # cooperative: 3 s of pause (trap 2)
    "metrics_enabled": False,
    "request_timeout_ms": 10_000,
}


class KafkaLogConsumer:
    """One kafka-python consumer, made at the first poll and anew when it is stuck.

    A static member keeps its place for the session timeout after `close`: a restart within it disturbs
    nobody, and the others take over after it (`leave` spares them the wait).
    """

    def __init__(
        self,
        bootstrap: str,
        group: str,
        topics: Sequence[str],
        *,
        member: str,
        on_assigned: PartitionsHandler,
        on_revoked: PartitionsHandler,
        recreate_after_s: float = RECREATE_AFTER_S,
        patience: Patience = PATIENCE,
    ) -> None:
        self._bootstrap = bootstrap
        self._topics = list(topics)
        self._settings = {
            **SETTINGS,
            "group_id": group,
            "group_instance_id": member,
            "session_timeout_ms": int(patience.silent_s * 1_000),
            "heartbeat_interval_ms": int(patience.silent_s * 100),
            "max_poll_interval_ms": int(patience.busy_s * 1_000),
        }
        self._on_assigned = on_assigned
        self._on_revoked = on_revoked
        self._recreate_after_s = recreate_after_s
        self._consumer: Any = None
        self._rebalances = Rebalances()
        self._assigned: frozenset[TopicPartition] = frozenset()
        self._sought: set[TopicPartition] = set()
        self._waited_s = 0.0  # polled without an assignment
        self._heard_at = 0.0
        self._is_fenced = False

    def poll(self, timeout_s: float, max_records: int) -> list[LogRecord]:
        if self._is_fenced:
            name = self._settings["group_instance_id"]
            raise LogUnavailable(f"another process reads group {self._settings['group_id']} as {name} now")
        consumer = self._connected()
        started = time.monotonic()
        self._sought.clear()
        try:
            with plainly(self._bootstrap):
                batches = consumer.poll(int(max(timeout_s, SHORTEST_POLL_S) * 1000), max_records=max_records)
        except FencedInstanceIdError:
            self._is_fenced = True
            return []
        try:
            self._tell()
        except BaseException:
            for at, batch in batches.items():  # not handed out, so it must be read again
                consumer.seek(at, batch[0].offset)
            raise
        # A partition that on_assigned has sought was read from the wrong place before; the seek holds.
        records = [
            _record(raw) for at, batch in batches.items() if _ours(at) not in self._sought for raw in batch
        ]
        self._watch(consumer, started, heard=bool(records))
        return records

    def seek(self, at: TopicPartition, offset: int) -> None:
        if at not in self._assigned:
            raise ValueError(f"{at.topic}[{at.partition}] is not assigned to this consumer")
        self._sought.add(at)
        self._consumer.seek(KafkaTopicPartition(*at), offset)

    def pause(self, partitions: Sequence[TopicPartition]) -> None:
        for at in self._assigned.intersection(partitions):
            self._consumer.pause(KafkaTopicPartition(*at))

    def resume(self, partitions: Sequence[TopicPartition]) -> None:
        for at in self._assigned.intersection(partitions):
            self._consumer.resume(KafkaTopicPartition(*at))

    def assignment(self) -> frozenset[TopicPartition]:
        return self._assigned

    def end_offsets(self) -> Mapping[TopicPartition, int]:
        return self._ends(self._consumer, timeout_ms=5_000) if self._assigned else {}

    def commit_hint(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Sent without waiting for an answer: it is only a hint, and the next one follows soon."""
        if self._consumer is None:
            return
        with plainly(self._bootstrap), contextlib.suppress(RuntimeError):
            self._consumer.commit_async(
                {
                    KafkaTopicPartition(*at): OffsetAndMetadata(offset, "", -1)
                    for at, offset in offsets.items()
                },
                callback=self._on_committed,
            )

    def wake(self) -> None:
        """Does nothing: kafka-python has no safe way, and a poll lasts half a second at the least anyway."""

    def close(self) -> None:
        consumer, self._consumer = self._consumer, None
        self._assigned = frozenset()
        if consumer is not None:
            with contextlib.suppress(KafkaError, RuntimeError):
                consumer.close(autocommit=False, timeout_ms=3_000)

    def leave(self) -> None:
        """A static member that closes says nothing to the group, so it is taken out as an operator would."""
        self.close()
        if self._is_fenced:
            return  # the name is another process's now
        group, member = self._settings["group_id"], self._settings["group_instance_id"]
        try:
            with make(KafkaAdminClient, self._bootstrap) as admin:
                admin.remove_group_members(group, [MemberToRemove(group_instance_id=member)])
        except (KafkaError, LogUnavailable) as error:
            _log.warning("the group waits for %s until its time is up: %s", member, type(error).__name__)

    def _connected(self) -> Any:
        if self._consumer is None:
            self._consumer = make(KafkaConsumer, self._bootstrap, **self._settings)
            self._rebalances = Rebalances()
            self._consumer.subscribe(self._topics, listener=self._rebalances)
            self._waited_s = 0.0
            self._heard_at = time.monotonic()
        return self._consumer

    def _tell(self) -> None:
        """Call the group's callbacks for what happened. One that fails is called again at the next poll."""
        pending = self._rebalances.pending
        while pending:
            is_assignment, partitions = pending[0]
            if is_assignment:
                self._assigned = partitions
                self.resume(list(partitions))  # a pause ends with the assignment it was made for
                self._sought.clear()
                if partitions:
                    self._on_assigned(partitions)
            else:
                revoked, self._assigned = self._assigned & partitions, frozenset()
                if revoked:
                    self._on_revoked(revoked)
            pending.popleft()

    def _watch(self, consumer: Any, started: float, *, heard: bool) -> None:
        """Make a stuck consumer anew, and find out when the broker is gone."""
        now = time.monotonic()
        if heard:
            self._heard_at = now
        self._waited_s = 0.0 if self._assigned else self._waited_s + now - started
        if self._waited_s > self._recreate_after_s:
            _log.warning("no partitions for %.0f s: the consumer is made anew", self._waited_s)
            self.close()
            return
        if self._assigned and now - self._heard_at > PROBE_AFTER_S:
            self._ends(consumer, timeout_ms=2_000)
            self._heard_at = time.monotonic()

    def _ends(self, consumer: Any, *, timeout_ms: int) -> dict[TopicPartition, int]:
        asked = [KafkaTopicPartition(*at) for at in self._assigned]
        with plainly(self._bootstrap):
            return {_ours(at): end for at, end in consumer.end_offsets(asked, timeout_ms=timeout_ms).items()}

    def _on_committed(self, _offsets: Collection[Any], answer: Any) -> None:
        # A process that came back after another took its name learns it here; it must read no more.
        self._is_fenced = self._is_fenced or isinstance(answer, FencedInstanceIdError)


def _ours(at: Any) -> TopicPartition:
    return TopicPartition(at.topic, at.partition)


def _record(raw: Any) -> LogRecord:
    headers = tuple(raw.headers)
    for _, value in headers:
        if value is None:  # Kafka allows it
            headers = tuple([(name, value or b"") for name, value in headers])
            break
    return LogRecord(raw.topic, raw.partition, raw.offset, raw.key or b"", raw.value or b"", headers)
