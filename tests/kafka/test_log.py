"""Kafka logs as docker-compose.yml has it: to its output, and to no file."""

from tests.kafka.broker import KafkaBroker
from tests.local.waiting import until


def test_what_kafka_says_goes_to_its_output_alone(kafka_broker: KafkaBroker) -> None:
    started = "INFO [KafkaRaftServer nodeId=1] Kafka Server started"
    until("the broker says that it has started", lambda: started in kafka_broker.log.read_text())
    said = kafka_broker.log.read_text()
    assert "StatusLogger" not in said, "or the configuration is not one"
    assert {one.name for one in kafka_broker.folder.iterdir()} == {"broker.log", "data", "server.properties"}
