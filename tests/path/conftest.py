"""`on`: a stage on each of the two logs, both real."""

from collections.abc import Iterator

import pytest

from shared.eventlog.postgres import create_schema
from tests.path.stage import Stage, stage
from tests.postgres.server import PostgresServer


@pytest.fixture(scope="session")
def log_database(postgres_server: PostgresServer) -> Iterator[str]:
    with postgres_server.fresh_database("path_log") as url:
        create_schema(url)
        yield url


@pytest.fixture(params=["postgres", "kafka"])
def on(request: pytest.FixtureRequest, postgres_server: PostgresServer) -> Iterator[Stage]:
    if request.param == "postgres":
        log_url = request.getfixturevalue("log_database")
    else:
        log_url = request.getfixturevalue("kafka_broker").url
    with stage(postgres_server, log_url) as made:
        yield made
