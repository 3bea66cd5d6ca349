"""A reader's projections, lost or damaged, come back as their owners state them; and nothing else comes of it."""

import contextlib
from typing import Any

import psycopg
import pytest

from shared.path.rebuild import NothingToState, Progress, Rebuilt, is_applied, put_aside, rebuild
from shared.path.replay import replay
from shared.settings import SERVICES
from tests.path.clinic import Clinic, play
from tests.path.projections import ALTERED, LOST, damage, dead, effects, known, live_events
from tests.world.world import World

pytestmark = [pytest.mark.D1, pytest.mark.timeout(400)]  # the play that they share takes most of it


@pytest.fixture(scope="module")
def here(world: World) -> Clinic:
    """One practice for all these tests: each leaves its projections as they were."""
    made = play(world)
    world.pump(ticks=True)
    assert [dead(world, name) for name in SERVICES] == [0] * len(SERVICES)
    return made


def owners_of(reader: str, world: World) -> list[str]:
    """Who states anything for a reader: the gateway first, for the practices."""
    sides = world.sides.items()
    found = [name for name, side in sides if any(reader in kind.CONSUMERS for kind in side.spec.snapshots)]
    return sorted(found, key=lambda name: name != "gateway")


def rebuild_from(owner: str, reader: str, here: Clinic, **how: Any) -> Rebuilt:
    side = here.world.sides[owner]
    how = {"practices": [here.id], **how}
    return rebuild(side.database, side.spec.snapshots, reader=reader, by="operator", **how)


def rebuild_all(reader: str, here: Clinic, **how: Any) -> None:
    """From every owner, one after the other, until the reader has applied it."""
    world = here.world
    for owner in owners_of(reader, world):
        done = rebuild_from(owner, reader, here, **how)
        world.pump()
        assert is_applied(world.sides[reader].database, owner, done.since)


@pytest.mark.parametrize("how", [LOST, ALTERED], ids=["lost", "altered"])
@pytest.mark.parametrize("reader", SERVICES)
def test_what_a_reader_knew_comes_back_and_nothing_else_comes_of_it(
    here: Clinic, reader: str, how: dict[tuple[str, str], str]
) -> None:
    before, done_before, told_before = known(reader, here), effects(here), live_events(here.world)
    assert all(before.values()), "the play leaves something in every table"
    damage(reader, here, how)
    damaged = known(reader, here)
    assert all(damaged[table] != before[table] for name, table in how if name == reader)

    rebuild_all(reader, here)

    assert known(reader, here) == before
    assert effects(here) == done_before
    assert live_events(here.world) == told_before
    assert dead(here.world, reader) == 0


def test_rebuilding_what_is_whole_changes_nothing(here: Clinic) -> None:
    before = {reader: known(reader, here) for reader in SERVICES}
    done_before = effects(here)
    for reader in SERVICES:
        rebuild_all(reader, here, page=3)
    assert {reader: known(reader, here) for reader in SERVICES} == before
    assert effects(here) == done_before


class Interrupted(Exception):
    """Somebody pressed Ctrl-C."""


def test_a_rebuild_that_was_interrupted_is_run_again(here: Clinic) -> None:
    before = known("notify", here)
    damage("notify", here, LOST)
    for most in (1, 5, 20):

        def stop(at: Progress, most: int = most) -> None:
            if at.stated >= most:
                raise Interrupted

        for owner in owners_of("notify", here.world):
            with contextlib.suppress(Interrupted):
                rebuild_from(owner, "notify", here, page=2, progress=stop)
    here.world.pump()
    assert known("notify", here) != before
    rebuild_all("notify", here, page=2)
    assert known("notify", here) == before


def test_other_readers_keep_nothing_of_it(here: Clinic) -> None:
    def inboxes() -> dict[str, int]:
        sql = f"SELECT 1 FROM inbox WHERE practice_id = '{here.id}'"
        return {name: len(here.world.rows(name, here.id, sql)) for name in SERVICES}

    before, knew = inboxes(), {name: known(name, here) for name in SERVICES}
    stated = rebuild_from("intake", "sessions", here).stated
    here.world.pump()
    after = inboxes()
    assert after.pop("sessions") == before.pop("sessions") + stated
    assert after == before
    assert {name: known(name, here) for name in SERVICES} == knew


def test_only_what_was_asked_for_is_stated(here: Clinic) -> None:
    done = rebuild_from("intake", "sessions", here, types=["ReadinessDecided"])
    with psycopg.connect(here.world.sides["intake"].settings.worker_database_url) as db:
        kinds = db.execute("SELECT DISTINCT type FROM outbox WHERE practice_id = %s", (here.id,)).fetchall()
    assert kinds == [("attune.intake.readiness_decided.v1",)]
    assert done.stated == len(here.world.rows("sessions", here.id, "SELECT 1 FROM readiness_decision"))
    here.world.pump()


@pytest.mark.parametrize(
    ("owner", "reader", "types", "says"),
    [
        (
            "intake",
            "sessions",
            ["SessionBooked"],
            "no snapshot of SessionBooked for sessions; there are: Enq",
        ),
        ("notify", "gateway", None, "nothing is stated for gateway"),
        ("notify", "nobody", None, "nothing is stated for nobody"),
    ],
)
def test_what_nobody_can_state_is_refused_in_words(
    here: Clinic, owner: str, reader: str, types: list[str] | None, says: str
) -> None:
    with pytest.raises(NothingToState, match=says):
        rebuild_from(owner, reader, here, types=types)


def test_its_progress_ends_where_it_said_it_would(here: Clinic) -> None:
    seen: list[Progress] = []
    done = rebuild_from("intake", "sessions", here, page=2, progress=seen.append)
    assert [one.rows for one in seen] == sorted(one.rows for one in seen)
    assert seen[-1].rows == seen[-1].rows_in_all > 10
    assert {(one.practice, one.practices) for one in seen} == {(1, 1)}
    assert seen[-1].stated == done.stated
    here.world.pump()


def test_it_waits_while_too_many_events_wait_for_the_relay(here: Clinic) -> None:
    side = here.world.sides["intake"]
    waited: list[int] = []

    def watch(at: Progress) -> None:
        sql = f"SELECT 1 FROM outbox WHERE practice_id = '{here.id}'"
        # What may wait, and one page: three rows, of which each states two partners at the most.
        assert len(here.world.rows("intake", here.id, sql)) <= 3 + 3 * 2
        if at.is_waiting:
            waited.append(at.stated)
            side.relay.relay_once(side.relay_connection)

    rebuild_from("intake", "sessions", here, page=3, most_waiting=3, progress=watch)
    assert waited
    here.world.pump()


def test_it_is_not_applied_while_a_part_of_it_is_put_aside(here: Clinic) -> None:
    world = here.world
    side = world.sides["sessions"]
    before = known("sessions", here)
    damage("sessions", here, {("sessions", "readiness_decision"): LOST["sessions", "readiness_decision"]})
    with psycopg.connect(world.owner_urls["sessions"], autocommit=True) as db:
        db.execute(
            "ALTER TABLE readiness_decision ADD CONSTRAINT broken CHECK (decision <> 'ready') NOT VALID"
        )
        done = rebuild_from("intake", "sessions", here)
        assert not is_applied(side.database, "intake", done.since), "nothing has come yet"
        world.pump()
        assert not is_applied(side.database, "intake", done.since)
        waiting = put_aside(side.database, "intake")
        assert waiting > 0
        db.execute("ALTER TABLE readiness_decision DROP CONSTRAINT broken")
    done_before, told_before = effects(here), live_events(world)
    replay(side.database, side.spec.handlers, event_key=side.settings.event_key, by="operator")
    world.pump()
    assert is_applied(side.database, "intake", done.since)
    assert known("sessions", here) == before
    assert (effects(here), live_events(world)) == (done_before, told_before)
