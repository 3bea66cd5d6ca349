"""A Kafka whose topics were made anew is another log, whatever its cluster is called."""

import time
from uuid import uuid4

import pytest
from kafka import KafkaAdminClient

from shared.eventlog.kafka.identity import log_id
from tests.kafka.broker import KafkaBroker

pytestmark = pytest.mark.D1


def test_topics_that_are_made_anew_are_another_log(kafka_broker: KafkaBroker) -> None:
    anchor = f"anchor-{uuid4().hex[:8]}"
    admin = KafkaAdminClient(bootstrap_servers=[kafka_broker.bootstrap])
    try:
        bare = log_id(admin, anchor=anchor)
        names = []
        for _ in range(2):
            admin.create_topics({anchor: {"num_partitions": 1, "replication_factor": 1}})
            admin.wait_for_topics([anchor])
            names.append(log_id(admin, anchor=anchor))
            assert log_id(admin, anchor=anchor) == names[-1], "the same as long as it is there"
            admin.delete_topics([anchor])
            deadline = time.monotonic() + 20
            while anchor in admin.list_topics():
                assert time.monotonic() < deadline, "the topic is still there"
                time.sleep(0.1)
    finally:
        admin.close()
    assert len({bare, *names}) == 3
    assert all(name.startswith(f"{bare}/") for name in names)
