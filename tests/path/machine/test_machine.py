"""Whatever happens on the event path, in any order: nothing lost, nothing twice, nothing out of order (rule D1)."""

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from shared.path import relay
from tests.path.machine.awaits import Awaits
from tests.path.machine.machine import EventPath
from tests.path.machine.model import Doubled, Lost, Reordered, VouchedFalsely
from tests.path.machine.place import Place, place
from tests.path.machine.plants import (
    NOTHING,
    CommitsPositionFirst,
    DeletesFirst,
    ForgetsInbox,
    GoesOn,
    HasCursor,
    Plant,
    exchanged,
    tick_past_the_outbox,
)
from tests.postgres.server import PostgresServer
from tests.scale import SCALE

pytestmark = pytest.mark.D1

HAPPENS = ("crashes", "outages", "applied", "sent twice", "failed, then replayed", "parked, then replayed")


@pytest.fixture(scope="module")
def here(postgres_server: PostgresServer) -> Iterator[Place]:
    with place(postgres_server) as made:
        yield made


def run(where: Place, plant: Plant, **how: object) -> Counter[str]:
    met = Counter[str]()
    quick = settings(
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        print_blob=False,
    )
    # Small batches: several of one pass are under way, and a failure of the first meets those behind it.
    with Awaits().watched() as awaits, exchanged(relay, "BATCH", 3):
        kind = type("EventPath", (EventPath,), {"place": where, "awaits": awaits, "plant": plant, "met": met})
        run_state_machine_as_test(kind, settings=settings(quick, **how))  # type: ignore[arg-type]
    return met


@pytest.mark.timeout(240 + 14400 * SCALE)
def test_nothing_that_happens_loses_doubles_or_reorders_an_event(here: Place) -> None:
    if SCALE:
        long = {"max_examples": max(10, int(3000 * SCALE)), "stateful_step_count": 60}
        met = run(here, NOTHING, **long, derandomize=False, phases=[Phase.generate, Phase.shrink])
    else:
        met = run(here, NOTHING, max_examples=10, stateful_step_count=40)
    idle = [what for what in HAPPENS if not met[what]]
    assert not idle, f"the machine never came by {idle}: {met}"


# A gap in a key's effects shows as a wrong order, as a tick that vouches falsely, or only where all is at rest.
A_GAP = (Lost, Reordered, VouchedFalsely)


@pytest.mark.parametrize(
    ("plant", "found"),
    [
        pytest.param(Plant(relay=DeletesFirst), A_GAP, id="a relay that deletes first"),
        pytest.param(Plant(relay=GoesOn), Reordered, id="a relay that goes on past a failure"),
        pytest.param(Plant(relay=HasCursor), A_GAP, id="a relay with a cursor"),
        pytest.param(Plant(consumer=ForgetsInbox), Doubled, id="a consumer without an inbox"),
        pytest.param(Plant(consumer=CommitsPositionFirst), A_GAP, id="a position before the effects"),
        pytest.param(Plant(tick=tick_past_the_outbox), VouchedFalsely, id="a tick past the outbox"),
    ],
)
def test_a_fault_that_was_planted_is_found(
    here: Place, plant: Plant, found: type[AssertionError] | tuple[type[AssertionError], ...]
) -> None:
    with pytest.raises(found):
        run(here, plant, max_examples=40, stateful_step_count=40)
