"""What the tests of the care team's pages may ask for."""

import pytest

from tests.gateway.care_pages.clinic import Clinic, open_clinic
from tests.gateway.door import Door
from tests.world.world import World


@pytest.fixture
def clinic(world: World, door: Door) -> Clinic:
    """A practice with a couple in care, who treats them, who doesn't, and the desk."""
    return open_clinic(world, door)
