"""What a service would state of a practice, without a rebuild around it."""

from typing import Any
from uuid import UUID

from shared.db.tenancy import Scope
from shared.events.base import Event
from shared.path.snapshots import Dated
from tests.world.world import World


def stated(world: World, service: str, practice: UUID, kind: type[Event]) -> list[Any]:
    """The facts of one type, in the order of their rows."""
    return [one.fact if isinstance(one, Dated) else one for one in dated(world, service, practice, kind)]


def dated(world: World, service: str, practice: UUID, kind: type[Event]) -> list[Any]:
    """The same, with the time at which a fact became so where it carries one."""
    side = world.sides[service]
    with side.database.transaction(Scope(practice, role="worker")) as db:
        return side.spec.snapshots[kind].page(db, None, 1000).facts
