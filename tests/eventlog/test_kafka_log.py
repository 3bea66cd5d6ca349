"""What only the log on Kafka must take care of."""

from typing import Any

import pytest

from shared.eventlog.interface import LogUnavailable
from shared.eventlog.kafka import KafkaEventLog
from shared.eventlog.kafka.consumer import SETTINGS as CONSUMER
from shared.eventlog.kafka.consumer import KafkaLogConsumer
from shared.eventlog.kafka.producer import SETTINGS as PRODUCER
from shared.eventlog.kafka.producer import KafkaLogProducer
from tests.eventlog.reader import outgoing
from tests.kafka.broker import KafkaBroker


class StuckConsumer:
    """Polls and never gets a partition."""

    def __init__(self) -> None:
        self.timeouts_ms: list[int] = []
        self.is_closed = False

    def poll(self, timeout_ms: int, max_records: int) -> dict[Any, Any]:
        self.timeouts_ms.append(timeout_ms)
        return {}

    def close(self, **_: Any) -> None:
        self.is_closed = True


def _consumer(broker: KafkaBroker, recreate_after_s: float) -> KafkaLogConsumer:
    return KafkaLogConsumer(
        broker.bootstrap, "group", ["t"], member="1", on_assigned=print, on_revoked=print,
        recreate_after_s=recreate_after_s,
    )  # fmt: skip


def test_a_consumer_that_gets_no_partition_is_made_anew(kafka_broker: KafkaBroker):
    consumer = _consumer(kafka_broker, recreate_after_s=0)
    consumer._consumer = stuck = StuckConsumer()
    assert consumer.poll(0.5, 10) == []
    assert stuck.is_closed
    consumer.poll(0.5, 10)  # a real one again
    consumer.close()


def test_no_poll_is_shorter_than_half_a_second(kafka_broker: KafkaBroker):
    consumer = _consumer(kafka_broker, recreate_after_s=60)
    consumer._consumer = stuck = StuckConsumer()
    consumer.poll(0, 10)
    consumer.poll(2, 10)
    assert stuck.timeouts_ms == [500, 2000]


def test_the_traps_of_kafka_python_are_closed():
    assert (PRODUCER["acks"], PRODUCER["enable_idempotence"]) == ("all", True)
    assert not PRODUCER["metrics_enabled"]
    assert not PRODUCER["allow_auto_create_topics"]
    assert not CONSUMER["allow_auto_create_topics"]
    assert not CONSUMER["enable_auto_commit"]
    assert CONSUMER["auto_offset_reset"] == "earliest"
    assert [a.name for a in CONSUMER["partition_assignment_strategy"]] == ["range"]


def test_a_producer_that_failed_is_replaced_and_no_topic_is_made_by_writing_to_it(kafka_broker: KafkaBroker):
    log = KafkaEventLog(kafka_broker.bootstrap)
    producer = KafkaLogProducer(kafka_broker.bootstrap)
    with pytest.raises(LogUnavailable, match="took nothing"):
        producer.append(outgoing("attune.later", 0, "a"))
    assert producer._producer is None
    log.ensure_topics(["attune.later"])
    assert producer.append(outgoing("attune.later", 0, "a")) == [None]
    producer.close()
