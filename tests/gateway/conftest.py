"""What the gateway's tests may ask for."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.gateway.door import Door, Practice, door_to
from tests.gateway.inviting import Notify
from tests.gateway.means import Human, comes_by_invitation, real_practice
from tests.gateway.provider import running_provider
from tests.world.world import MovingClock, World


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


@pytest.fixture
def real_clock(world: World) -> Iterator[MovingClock]:
    """Everybody's clock, put right again afterwards."""
    yield world.clock
    world.clock.ahead = timedelta()


@pytest.fixture
def real(clinic: Practice) -> Practice:
    """A practice that is no demo, behind the same."""
    return real_practice(clinic)


@pytest.fixture
def ana(real: Practice, notify: Notify) -> Human:
    """A partner who signs in with codes."""
    human = comes_by_invitation(real, notify)
    done = human.add_codes()
    assert done.status_code == 200, done.text
    return human


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """A real OpenID provider on this machine."""
    with running_provider() as address:
        yield address
