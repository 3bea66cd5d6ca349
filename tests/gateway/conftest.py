"""What the gateway's tests may ask for."""

import pytest

from tests.gateway.door import Door, Practice, door_to
from tests.gateway.inviting import Notify
from tests.world.world import World


@pytest.fixture
def door(world: World) -> Door:
    """The world's gateway, with every real service behind it."""
    return Door(world, world.sides["gateway"].app)


@pytest.fixture
def practice(door: Door) -> Practice:
    """A new demo practice."""
    return door.create_practice()


@pytest.fixture
def notify() -> Notify:
    """A stand-in that takes contacts and messages."""
    return Notify()


@pytest.fixture
def clinic(world: World, notify: Notify) -> Practice:
    """A practice at a gateway behind which only notify (and no intake) answers."""
    return door_to(world, {"notify": notify}).create_practice()


@pytest.fixture(scope="module")
def token(world: World) -> str:
    """Somebody's, for all these tests: it is only passed on."""
    practice = Door(world, world.sides["gateway"].app).create_practice()
    return practice.sign_in(practice.join_staff("practitioner"))
