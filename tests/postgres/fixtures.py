"""`postgres_server`: one real server for the whole test session, started when the first test asks for it."""

from collections.abc import Iterator

import pytest

from deploy.local.errors import UserError
from tests.postgres.server import PostgresServer


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    server = PostgresServer(tmp_path_factory.mktemp("postgres"))
    try:
        server.start()
    except UserError as error:
        pytest.fail(str(error), pytrace=False)
    yield server
    server.stop()
