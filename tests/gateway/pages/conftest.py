"""What the pages' tests may ask for."""

import pytest

from tests.gateway.door import Door
from tests.gateway.pages.care import Care, care_at
from tests.world.world import World


@pytest.fixture
def care(world: World, door: Door) -> Care:
    """A couple in care and their two browsers."""
    return care_at(world, door)
