"""What the machine has found, each as a plain test."""

import pytest

from tests.path.stage import Stage
from tests.path.test_exactly_once import key_on

pytestmark = pytest.mark.D1


@pytest.mark.parametrize("on", ["postgres"], indirect=True)
def test_a_whole_chunk_of_a_partition_that_was_just_put_on_hold_is_left_alone(on: Stage) -> None:
    """Reactions are cut into chunks: the first finds its practice unknown, the next has nothing else in it."""
    early = key_on(on, partition=1)
    on.unknown = {1, 2}
    on.note(early, 1, 2)
    on.relay()
    consumer = on.consumer(reacting=True)
    consumer._applying._reaction_s = 1.0  # one reaction a chunk
    while not consumer.step(0.5):
        pass
    assert on.effects(early) == []
    on.unknown = set()
    on.step_until(consumer, 2)
    consumer.close()
    assert on.effects(early) == [1, 2]
