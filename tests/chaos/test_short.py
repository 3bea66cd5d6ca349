"""The whole stack under harm at its shortest, on Kafka: nothing lost, twice, stale or double booked."""

import json
from dataclasses import replace

import pytest

from tests.chaos.harm import (
    Fault,
    cut_off_broker,
    in_turn,
    kill_broker,
    kill_some,
    kill_supervisor,
    stop_postgres_at_once,
)
from tests.chaos.plan import plan
from tests.chaos.run import chaos

SHORT = Fault(
    "short",
    "kafka",
    in_turn(kill_some, stop_postgres_at_once, kill_broker, cut_off_broker, kill_supervisor),
)
BLOWS = 7


@pytest.mark.B1
@pytest.mark.C1
@pytest.mark.D1
@pytest.mark.D2
@pytest.mark.timeout(900)
def test_while_everything_fails_in_turn_journeys_end_well_and_every_promise_is_kept() -> None:
    # The crowd's couples play; whole journeys, through killed processes, are in tests/journey/test_platform.py.
    (outcome,) = chaos([SHORT], replace(plan(0.0), outage_s=8.0))
    line = outcome.line()
    print(json.dumps(line))  # noqa: T201 - shown when the test fails
    assert outcome.judgement.faults == {}, outcome.judgement.examples
    assert outcome.unfinished == []
    assert line["blows"] == BLOWS
    assert line["tried"] > 60
