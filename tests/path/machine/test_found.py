"""What the machine has found, each as a plain test."""

from uuid import uuid4

import psycopg
import pytest

from shared.path.relay import Relay
from tests.path.machine.faulty_log import FaultyLog
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


@pytest.mark.parametrize("on", ["postgres"], indirect=True)
def test_a_relay_that_has_met_a_failure_reads_on_only_in_its_next_pass(on: Stage) -> None:
    """The log has told it that a key's event failed: what follows of that key must not go before it is sent again."""
    key = uuid4()
    on.note(key, *range(1, 20))
    log = FaultyLog(on.log)
    log.appending = "half_answered"
    one = Relay(on.owner_url, log, service=on.owner)  # type: ignore[arg-type]
    one.hold_s, one.batch = 0.0, 4
    with psycopg.connect(on.owner_url, autocommit=True) as connection:
        while one.relay_once(connection):
            pass
    one.close()
    on.consume(until=19)
    assert on.effects(key) == list(range(1, 20))
