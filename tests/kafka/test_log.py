"""Kafka logs as docker-compose.yml has it: to its output, and to no file."""

from tests.kafka.broker import KafkaBroker


def test_what_kafka_says_goes_to_its_output_alone(kafka_broker: KafkaBroker) -> None:
    said = kafka_broker.log.read_text()
    assert "INFO [KafkaRaftServer nodeId=1] Kafka Server started" in said
    assert "StatusLogger" not in said, "or the configuration is not one"
    assert {one.name for one in kafka_broker.folder.iterdir()} == {"broker.log", "data", "server.properties"}
