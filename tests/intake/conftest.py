"""`stage`: a couple in care, and everybody who may want to know something about it."""

import pytest

from tests.intake.stage import Stage, set_stage, write
from tests.world.world import World


@pytest.fixture
def stage(world: World) -> Stage:
    return set_stage(world)


@pytest.fixture
def told(stage: Stage) -> Stage:
    """Both partners wrote, and a decision was made on each."""
    for who, person_id in ((stage.ana, stage.ana_id), (stage.bo, stage.bo_id)):
        write(who, "private words")
        stage.decide(person_id, "not_yet", reason="clinician's words")
    return stage
