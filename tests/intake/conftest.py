"""`stage`: a couple in care, and everybody who may want to know something about it."""

import pytest

from tests.intake.stage import Stage, set_stage
from tests.world.world import World


@pytest.fixture
def stage(world: World) -> Stage:
    return set_stage(world)
