"""`kafka_broker`: one real broker for the whole test session, started when the first test asks for it."""

from collections.abc import Iterator

import pytest

from tests.kafka.broker import BrokerFailed, KafkaBroker


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    broker = KafkaBroker(tmp_path_factory.mktemp("kafka"))
    try:
        broker.start()
    except BrokerFailed as error:
        pytest.fail(str(error), pytrace=False)
    yield broker
    broker.stop()
