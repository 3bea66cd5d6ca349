"""`world`: built once for the test session; tests isolate themselves by making practices of their own."""

from collections.abc import Iterator

import pytest

from tests.postgres.server import PostgresServer
from tests.world.world import World, build


@pytest.fixture(scope="session")
def world(postgres_server: PostgresServer) -> Iterator[World]:
    made = build(postgres_server.admin_url)
    yield made
    for side in made.sides.values():
        side.consumer.close()
        side.relay_connection.close()
        side.database.close()
