"""The soak at its smallest, on both logs: every fail point, every kind of harm, and nothing lost (rule D1)."""

import json
import secrets

import pytest

from tests.soak.plan import plan
from tests.soak.run import soak

pytestmark = pytest.mark.D1
DEADLINE_S = 420.0


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["embedded", "kafka"])
def test_killed_stopped_and_starved_the_path_loses_doubles_and_reorders_nothing(kind: str) -> None:
    wanted = plan(0.001)
    outcome = soak(kind, wanted, seed=secrets.randbelow(1_000_000), deadline_s=DEADLINE_S)
    line = outcome.line()
    print(json.dumps(line))  # noqa: T201 - shown when the test fails
    assert line["tried"] >= wanted.events
    faults = ("lost", "doubled", "reordered", "invented", "left_over", "crashed")
    assert {name: line[name] for name in faults} == dict.fromkeys(faults, 0), outcome.verdict.examples
    # The harm was really done: each fail point met, somebody else led and read meanwhile, the servers killed.
    assert set(line["points"]) == set(wanted.points)
    assert line["kills"] >= len(wanted.points) + wanted.random_kills + 2
    assert (line["takeovers"], line["handovers"], line["leaves"]) == (1, 1, 1)
    assert (line["database_kills"], line["log_kills"], line["log_down_s"]) == (1, 1, wanted.log_down_s)
