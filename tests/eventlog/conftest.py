"""`log`: each contract test runs once on PostgreSQL and once on Kafka, both real."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Protocol

import pytest

from shared.eventlog import open_log
from shared.eventlog.interface import EventLog
from shared.eventlog.postgres import create_schema
from tests.eventlog.reader import Readers
from tests.folders import open_folder
from tests.postgres.server import PostgresServer

_numbers = count(1)


class Server(Protocol):
    """What a test does to the server behind a log."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def restart(self) -> None: ...


@dataclass(frozen=True)
class Place:
    """Where a log lies: its URL and the server that holds it."""

    url: str
    server: Server


@pytest.fixture(scope="session")
def postgres_place() -> Iterator[Place]:
    """A server of its own: these tests restart it, under nobody else's connections."""
    with open_folder() as folder:
        server = PostgresServer(folder / "postgres")
        server.start()
        with server.fresh_database("log") as url:
            create_schema(url)
            yield Place(url, server)
        server.stop()


@pytest.fixture(params=["postgres", "kafka"])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "postgres":
        return request.getfixturevalue("postgres_place")
    broker = request.getfixturevalue("kafka_broker")
    return Place(broker.url, broker)


@pytest.fixture
def log(place: Place) -> EventLog:
    return open_log(place.url)


@pytest.fixture
def topic(log: EventLog) -> str:
    """A new topic for this test alone."""
    name = f"attune.test{next(_numbers)}"
    log.ensure_topics([name])
    return name


@pytest.fixture
def readers(log: EventLog, topic: str) -> Iterator[Readers]:
    made = Readers(log, topic)
    yield made
    made.close()
