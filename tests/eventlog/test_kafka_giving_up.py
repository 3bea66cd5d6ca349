"""When a Kafka producer gives a batch up, nothing of its partition may follow it into the log (docs/event-path.md)."""

import threading
import time
from collections.abc import Iterator

import pytest

from shared.eventlog.interface import LogUnavailable, Outgoing
from shared.eventlog.kafka import KafkaEventLog, producer
from shared.eventlog.kafka.consumer import KafkaLogConsumer
from shared.eventlog.kafka.producer import KafkaLogProducer
from tests.eventlog.conftest import HOST
from tests.eventlog.proxy import Proxy, proxy
from tests.eventlog.reader import Readers
from tests.kafka.broker import KafkaBroker

GIVES_UP_S = 2.5
BIG = 300_000
"""Bytes of a value: more than a batch holds, so that each record is a batch of its own."""


@pytest.fixture
def log(kafka_broker: KafkaBroker) -> KafkaEventLog:
    return KafkaEventLog(kafka_broker.bootstrap)


@pytest.fixture
def network(kafka_broker: KafkaBroker) -> Iterator[Proxy]:
    with proxy((HOST, kafka_broker.proxy_port), (HOST, kafka_broker.behind_port)) as made:
        yield made


@pytest.fixture
def hasty(
    kafka_broker: KafkaBroker, network: Proxy, monkeypatch: pytest.MonkeyPatch
) -> Iterator[KafkaLogProducer]:
    """Gives up after two and a half seconds, not after fifteen."""
    quick = {"delivery_timeout_ms": int(GIVES_UP_S * 1000), "request_timeout_ms": 1000}
    monkeypatch.setattr(producer, "SETTINGS", {**producer.SETTINGS, **quick})
    made = KafkaLogProducer(f"{HOST}:{kafka_broker.proxy_port}")
    yield made
    made.close()


class HeldUp(list[Outgoing]):
    """Records of which the second is at hand only after `seconds`: its batch is given up that much later."""

    def __init__(self, records: list[Outgoing], seconds: float) -> None:
        super().__init__(records)
        self._seconds = seconds

    def __getitem__(self, index: int) -> Outgoing:  # type: ignore[override]
        if index == 1:
            time.sleep(self._seconds)
        return super().__getitem__(index)


def append(to: KafkaLogProducer, records: list[Outgoing]) -> list[Exception | None]:
    try:
        return to.append(records)
    except LogUnavailable as error:
        return [error] * len(records)


def test_what_waited_behind_a_batch_that_was_given_up_is_not_sent_when_the_broker_is_back(
    hasty: KafkaLogProducer, network: Proxy, topic: str, readers: Readers
):
    """The broker can't be reached, the first batch is given up, the broker is back, the second would still do."""
    records = [Outgoing(topic, 0, b"k", str(n).encode() * BIG) for n in range(3)]
    assert hasty.append([Outgoing(topic, 0, b"k", b"before")]) == [None]
    network.stall()
    network.cut()
    back = threading.Timer(GIVES_UP_S + 0.1, lambda: (network.cut(), network.heal()))
    back.start()
    outcome = append(hasty, HeldUp(records, seconds=1.5))
    back.join()
    assert all(outcome), "later records were acknowledged though an earlier one was not"
    assert append(hasty, records) == [None] * 3
    assert [record.value[:6] for record in readers().read(4).records] == [
        b"before",
        b"000000",
        b"111111",
        b"222222",
    ]


def test_a_member_that_never_gets_to_join_is_made_anew_and_joins(
    kafka_broker: KafkaBroker, network: Proxy, topic: str
):
    assigned: list[int] = []
    consumer = KafkaLogConsumer(
        f"{HOST}:{kafka_broker.proxy_port}",
        f"{topic}.group",
        [topic],
        member="1",
        on_assigned=lambda partitions: assigned.append(len(partitions)),
        on_revoked=lambda _: None,
        recreate_after_s=1.0,
    )
    stuck = consumer._connected()
    network.stall()
    while consumer._consumer is stuck:
        consumer.poll(0.5, 10)
    network.cut()
    network.heal()
    deadline = time.monotonic() + 20
    while not assigned and time.monotonic() < deadline:
        consumer.poll(0.5, 10)
    consumer.close()
    assert assigned == [12]
