"""Between client and log, connections break, stall and lose answers: nothing acknowledged is lost, order holds."""

import random
import time

import pytest

from shared.eventlog import open_log
from shared.eventlog.interface import EventLog
from tests.eventlog.conftest import Behind
from tests.eventlog.proxy import Proxy
from tests.eventlog.reader import Readers
from tests.eventlog.writer import Writer, first_occurrences_ascend
from tests.scale import SCALE

TROUBLED_S = 3.0 + 300.0 * SCALE


def make_trouble(proxy: Proxy, chance: random.Random) -> None:
    """One of: a cut; a silence; a silence, then a cut; requests that arrive and answers that don't."""
    kind = chance.choice(["cut", "silence", "silence, then cut", "answers lost"])
    if kind == "answers lost":
        proxy.lose_answers()
    elif kind != "cut":
        proxy.stall()
    time.sleep(chance.uniform(0.02, 0.4))
    if kind != "silence":
        proxy.cut()
    proxy.heal()
    time.sleep(chance.uniform(0.05, 0.5))


@pytest.mark.timeout(120 + 2 * TROUBLED_S)
def test_through_a_network_that_fails_at_random_nothing_is_lost_and_order_holds(
    behind: Behind, log: EventLog, topic: str
):
    seed = random.randrange(2**32) if SCALE else 1
    chance = random.Random(seed)
    far = Readers(open_log(behind.url), topic)
    reader = far()
    with Writer(open_log(behind.url), topic).writing() as writer:
        reader.read(1)
        ends = time.monotonic() + TROUBLED_S
        troubles = 0
        while time.monotonic() < ends:
            make_trouble(behind.proxy, chance)
            troubles += 1
            reader.poll_through_outages()
    reader.read_until(lambda: writer.values <= set(reader.values), through_outages=True)
    far.close()
    assert set(reader.values) == writer.values, f"seed {seed}"
    assert first_occurrences_ascend(reader.records), f"seed {seed}"
    assert troubles >= 3


def test_a_writer_that_does_not_know_sends_again_and_readers_see_each_record_first_in_its_place(
    behind: Behind, log: EventLog, topic: str, readers: Readers
):
    """Its answers are lost, it is cut off, and another goes on with all that it had not heard of."""
    with Writer(open_log(behind.url), topic).writing() as cut_off:
        direct = readers(group="direct").read_until(lambda: cut_off.acknowledged > 30)
        behind.proxy.lose_answers()
        heard = cut_off.acknowledged
        time.sleep(0.3)  # what it sends may arrive, whole or in part
        behind.proxy.cut()
        with Writer(log, topic, begin=heard).writing() as other:
            direct.read_until(lambda: other.acknowledged > heard + 30)
        behind.proxy.heal()
        behind.proxy.cut()  # what it has asked in the meantime would never be answered
    everything = cut_off.values | other.values
    direct.read_until(lambda: everything <= set(direct.values))
    assert first_occurrences_ascend(direct.records)
    assert len(direct.values) > len(set(direct.values)), "something came twice"
