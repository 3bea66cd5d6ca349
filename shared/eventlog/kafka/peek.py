"""Reads Kafka with partitions assigned by hand: a consumer without a group, so no group is disturbed."""

import contextlib
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer
from kafka import TopicPartition as KafkaTopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError

from shared.eventlog.interface import LogRecord, TopicPartition
from shared.eventlog.kafka.client import make, plainly
from shared.eventlog.kafka.identity import log_id
from shared.eventlog.peek import Bounds, Seen

SHORTEST_POLL_S = 0.5
SETTINGS: dict[str, Any] = {
    "group_id": None,
    "enable_auto_commit": False,
    "auto_offset_reset": "earliest",  # an offset that has expired meanwhile: go on with what is kept
    "allow_auto_create_topics": False,
    "metrics_enabled": False,
    "request_timeout_ms": 10_000,
}
_TIMEOUT_MS = 10_000


class KafkaReader:
    """One kafka-python consumer, made when first used."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._consumer: Any = None
        self._positions: dict[TopicPartition, int] = {}

    def log_id(self) -> str:
        with plainly(self._bootstrap), make(KafkaAdminClient, self._bootstrap) as admin:
            return log_id(admin)

    def bounds(self, topics: Collection[str]) -> Mapping[TopicPartition, Bounds]:
        asked = self._partitions(topics)
        if not asked:
            return {}
        with plainly(self._bootstrap):
            first = self._connected().beginning_offsets(asked, timeout_ms=_TIMEOUT_MS)
            ends = self._connected().end_offsets(asked, timeout_ms=_TIMEOUT_MS)
        return {_ours(at): Bounds(first[at], ends[at]) for at in asked}

    def since(self, topics: Collection[str], moment: datetime) -> Mapping[TopicPartition, int]:
        bounds = self.bounds(topics)
        if not bounds:
            return {}
        millis = int(moment.timestamp() * 1000)
        asked = {KafkaTopicPartition(*at): millis for at in bounds}
        with plainly(self._bootstrap):
            found = self._connected().offsets_for_times(asked, timeout_ms=_TIMEOUT_MS)
        offsets = {_ours(at): one.offset for at, one in found.items() if one is not None}
        return {at: offsets.get(at, one.next) for at, one in bounds.items()}

    def retention_days(self, topics: Collection[str]) -> Mapping[str, float | None]:
        there = {at.topic for at in self.bounds(topics)}
        asked = [
            ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": None}) for topic in sorted(there)
        ]
        with plainly(self._bootstrap), make(KafkaAdminClient, self._bootstrap) as admin:
            said = admin.describe_configs(asked, config_filter="all") if asked else {}
        return {
            topic: _days(configs["retention.ms"]["value"])
            for by_topic in said.values()
            for topic, configs in by_topic.items()
            if "retention.ms" in configs
        }

    def read(self, start: Mapping[TopicPartition, int], most: int, *, timeout_s: float = 0.5) -> list[Seen]:
        if not start:
            return []
        consumer = self._connected()
        with plainly(self._bootstrap):
            self._go_to(consumer, start)
            batches = consumer.poll(int(max(timeout_s, SHORTEST_POLL_S) * 1000), max_records=most)
        seen = [_seen(raw) for batch in batches.values() for raw in batch]
        for one in seen:
            self._positions[TopicPartition(one.record.topic, one.record.partition)] = one.record.offset + 1
        return seen

    def close(self) -> None:
        consumer, self._consumer = self._consumer, None
        self._positions = {}
        if consumer is not None:
            with contextlib.suppress(KafkaError, RuntimeError):
                consumer.close(autocommit=False, timeout_ms=3_000)

    def _go_to(self, consumer: Any, start: Mapping[TopicPartition, int]) -> None:
        """Seek only what is not there already: a seek throws away what was fetched ahead."""
        if start.keys() != self._positions.keys():
            consumer.assign([KafkaTopicPartition(*at) for at in start])
            self._positions = {}
        for at, offset in start.items():
            if self._positions.get(at) != offset:
                consumer.seek(KafkaTopicPartition(*at), offset)
                self._positions[at] = offset

    def _partitions(self, topics: Collection[str]) -> Sequence[Any]:
        with plainly(self._bootstrap):
            existing = self._connected().topics()
            return [
                KafkaTopicPartition(topic, partition)
                for topic in sorted(set(topics) & set(existing))
                for partition in sorted(self._connected().partitions_for_topic(topic) or ())
            ]

    def _connected(self) -> Any:
        if self._consumer is None:
            self._consumer = make(KafkaConsumer, self._bootstrap, **SETTINGS)
        return self._consumer


def _ours(at: Any) -> TopicPartition:
    return TopicPartition(at.topic, at.partition)


def _seen(raw: Any) -> Seen:
    headers = tuple((name, bytes(value or b"")) for name, value in raw.headers)  # Kafka allows null
    record = LogRecord(raw.topic, raw.partition, raw.offset, raw.key or b"", raw.value or b"", headers)
    return Seen(record, datetime.fromtimestamp(raw.timestamp / 1000, UTC))


def _days(millis: str) -> float | None:
    return int(millis) / 86_400_000 if int(millis) >= 0 else None
