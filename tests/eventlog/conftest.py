"""`log`: each contract test runs once on PostgreSQL and once on Kafka, both real."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Protocol
from urllib.parse import unquote

import pytest

from shared.eventlog import open_log
from shared.eventlog.interface import EventLog
from shared.eventlog.postgres import create_schema
from tests.eventlog.proxy import Address, Proxy, proxy
from tests.eventlog.reader import Readers
from tests.folders import open_folder
from tests.kafka.broker import KafkaBroker
from tests.postgres.server import PostgresServer

_numbers = count(1)
HOST, SOCKET = "127.0.0.1", ".s.PGSQL.5432"


class Server(Protocol):
    """What a test does to the server behind a log."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...
    def restart(self) -> None: ...


@dataclass(frozen=True)
class Place:
    """Where a log lies: its URL and the server that holds it."""

    url: str
    server: Server


@dataclass(frozen=True)
class Behind:
    """A log's URL behind a proxy, and the proxy."""

    url: str
    proxy: Proxy


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
def behind(place: Place) -> Iterator[Behind]:
    """The same log, reached through a proxy."""
    if isinstance(place.server, KafkaBroker):
        broker = place.server
        ends: tuple[Address, Address] = ((HOST, broker.proxy_port), (HOST, broker.behind_port))
        url = f"kafka://{HOST}:{broker.proxy_port}"
    else:
        start, _, folder = place.url.rpartition("host=")
        with open_folder() as short:  # a socket's path has room for some hundred characters only
            ends = (f"{short}/{SOCKET}", f"{unquote(folder)}/{SOCKET}")
            with proxy(*ends) as made:
                yield Behind(f"{start}host={short}", made)
            return
    with proxy(*ends) as made:
        yield Behind(url, made)


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
