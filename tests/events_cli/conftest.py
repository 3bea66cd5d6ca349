"""`clinic`: one platform's parts for all tests here, on the embedded log, emptied before each; `on_kafka` the same
with its events on a Kafka of its own, as other tests' platforms use the shared one under the same topics."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.local.events.access import open_access
from shared.eventlog import open_log
from shared.events.base import topic_of
from shared.settings import SERVICES
from tests.events_cli.clinic import Clinic, clinic_in
from tests.folders import open_folder
from tests.kafka.broker import KafkaBroker


@pytest.fixture(scope="session")
def embedded() -> Iterator[Clinic]:
    with open_folder() as folder, clinic_in(folder) as made:
        yield made


@pytest.fixture
def clinic(embedded: Clinic) -> Clinic:
    embedded.clear()
    return embedded


@pytest.fixture(scope="session")
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    broker = KafkaBroker(Path(tmp_path_factory.mktemp("operator-kafka")))
    broker.start()
    open_log(broker.url).ensure_topics([topic_of(name) for name in SERVICES])
    yield broker
    broker.stop()


@pytest.fixture
def on_kafka(clinic: Clinic, own_kafka: KafkaBroker) -> Iterator[Clinic]:
    access = open_access(clinic.data, None, own_kafka.bootstrap)
    yield replace(clinic, kafka=own_kafka.bootstrap, access=access)
    access.close()
