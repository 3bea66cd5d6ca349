"""`postgres_server`: one real server for the whole test session, started when the first test asks for it."""

from collections.abc import Iterator

import pytest

from deploy.local.errors import UserError
from tests.folders import open_folder
from tests.postgres.server import PostgresServer


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with open_folder() as folder:
        server = PostgresServer(folder / "postgres")
        try:
            server.start()
        except UserError as error:
            pytest.fail(str(error), pytrace=False)
        yield server
        server.stop()
