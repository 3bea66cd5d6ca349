"""A platform does not move to another log while events on the old one have not reached everybody."""

import pytest

from deploy.local.drained import check_drained
from deploy.local.errors import UserError
from shared.db.tenancy import Scope
from shared.events.gateway import PracticeClockMoved
from shared.path import outbox
from tests.postgres.server import PostgresServer
from tests.world.world import World


def test_what_has_not_reached_every_service_is_named(world: World, postgres_server: PostgresServer) -> None:
    urls = {name: side.settings.worker_database_url for name, side in world.sides.items()}
    practice = world.practice()
    world.pump(ticks=True)
    check_drained(postgres_server.admin_url, urls)

    gateway = world.sides["gateway"]
    with gateway.database.transaction(Scope(practice, role="worker")) as db:
        outbox.record(db, PracticeClockMoved(offset_s=0))
    gateway.relay.relay_once(gateway.relay_connection)
    with pytest.raises(UserError, match=r"intake \(1\), sessions \(1\).* --kafka"):
        check_drained(postgres_server.admin_url, urls)

    world.pump()
    check_drained(postgres_server.admin_url, urls)
