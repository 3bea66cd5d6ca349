"""What notify's tests may ask for."""

from collections.abc import Iterator

import pytest
from sqlalchemy import delete

from shared.db.plumbing import timer
from shared.db.tenancy import Scope
from tests.notify.mailserver import MailServer, serving
from tests.notify.office import Office
from tests.world.world import World


@pytest.fixture
def server() -> Iterator[MailServer]:
    with serving() as made:
        yield made


@pytest.fixture
def office(world: World, server: MailServer) -> Office:
    # The sender works for every practice: mails left over by other tests would come along.
    with world.sides["notify"].database.transaction(Scope(role="worker")) as db:
        db.execute(delete(timer).where(timer.c.kind == "mail"))
    made = Office(world, server, world.practice())
    made.settle()
    return made
