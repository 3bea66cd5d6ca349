"""Rebuilding while everything goes on: the order per key is that of the commits, and no command is held up by it."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from services.intake.snapshots import SNAPSHOTS
from shared.db.tenancy import Scope
from shared.events import decode
from shared.events.intake import CareTeamChanged
from shared.path.rebuild import Progress, is_applied, rebuild
from tests.world.world import World

pytestmark = pytest.mark.D1
READERS = ("sessions", "integration", "notify", "gateway")


class Couples:
    """Couples of one practice whose care teams change."""

    def __init__(self, world: World, count: int) -> None:
        self.world, self.practice = world, world.practice()
        with world.sides["intake"].database.transaction(Scope(self.practice, role="worker")) as db:
            assert db.connection().exec_driver_sql("SELECT 1 FROM practice").first()
        self.desk = world.caller("intake", self.practice, uuid4(), "front_desk")
        made = [
            self.desk.post("/couples", {"partners": [{"display_name": "Ana"}]}).json for _ in range(count)
        ]
        self.ids = sorted(UUID(one["couple_id"]) for one in made)
        self.versions = dict.fromkeys(self.ids, 1)
        for couple_id in self.ids:
            self.change(couple_id)
        world.pump()

    def change(self, couple_id: UUID) -> UUID:
        """Somebody else treats the couple from now on."""
        treating = uuid4()
        body, etag = {"practitioner_ids": [str(treating)]}, f'"{self.versions[couple_id]}"'
        answer = self.desk.put(f"/couples/{couple_id}/care-team", body, etag=etag)
        assert answer.status_code == 200, answer.text
        self.versions[couple_id] += 1
        return treating

    def state(self, reader: str = "sessions", **how: Any) -> Any:
        database = self.world.sides["intake"].database
        how = {"practices": [self.practice], "types": ["CareTeamChanged"], **how}
        return rebuild(database, SNAPSHOTS, reader=reader, by="operator", **how)

    def teams(self) -> dict[UUID, list[UUID]]:
        """Who treats whom, as intake knows."""
        return dict(self.world.rows("intake", self.practice, "SELECT id, practitioner_ids FROM couple"))

    def told(self) -> Iterator[tuple[UUID, tuple[UUID, ...], bool]]:
        """Couple, team and whether it is a snapshot: intake's events on the log, in order per key."""
        with psycopg.connect(self.world.sides["intake"].settings.event_log_url) as log:
            for pairs, value in log.execute(
                "SELECT headers, value FROM log_record WHERE topic = 'attune.intake'"
                ' ORDER BY partition, "offset"'
            ):
                headers = dict(pairs)
                if (
                    headers["ce_practice"] == str(self.practice)
                    and headers["ce_type"] == CareTeamChanged.TYPE
                ):
                    fact: Any = decode(headers["ce_type"], bytes(value))
                    yield fact.couple_id, fact.practitioner_ids, "ce_snapshotfor" in headers

    @contextmanager
    def held(self, couple_id: UUID) -> Iterator[None]:
        """Somebody works on this couple."""
        with self.world.sides["intake"].database.transaction(Scope(self.practice, role="worker")) as db:
            db.connection().exec_driver_sql(
                "SELECT 1 FROM couple WHERE id = %s FOR NO KEY UPDATE", (couple_id,)
            )
            yield


def test_a_command_waits_until_what_it_changes_has_been_stated(world: World) -> None:
    couples = Couples(world, 1)
    (couple_id,) = couples.ids
    (before,) = couples.teams()[couple_id]
    with ThreadPoolExecutor(1) as pool:
        with world.sides["intake"].database.transaction(Scope(couples.practice, role="worker")) as db:
            (fact,) = SNAPSHOTS[CareTeamChanged].page(db, None, 10).facts
            changing = pool.submit(couples.change, couple_id)
            assert not wait([changing], timeout=0.7).done, (
                "it would pass the snapshot that is not recorded yet"
            )
            db.info["outbox"].record(db, fact, snapshot_for="sessions")
        after = changing.result(20)
    world.pump()
    assert list(couples.told())[-2:] == [(couple_id, (before,), True), (couple_id, (after,), False)]
    assert world.rows("sessions", couples.practice, "SELECT practitioner_ids FROM couple") == [([after],)]


def test_a_page_never_waits_for_a_row_while_it_holds_others(world: World) -> None:
    couples = Couples(world, 3)
    scope = Scope(couples.practice, role="worker")
    with (
        couples.held(couples.ids[-1]),
        world.sides["intake"].database.transaction(scope) as db,
        pytest.raises(OperationalError) as refused,
    ):
        SNAPSHOTS[CareTeamChanged].page(db, None, 10)
    assert refused.value.orig is not None
    assert getattr(refused.value.orig, "sqlstate", None) == "55P03"


def test_a_row_that_somebody_works_on_is_stated_afterwards(world: World) -> None:
    couples = Couples(world, 5)
    busy = couples.ids[2]
    seen: list[Progress] = []
    with ThreadPoolExecutor(1) as pool:
        with couples.held(busy):
            stating = pool.submit(couples.state, progress=seen.append)
            deadline = time.monotonic() + 20
            while not seen or seen[-1].rows < 2:
                assert time.monotonic() < deadline, (
                    "those before it are stated, the page having become smaller"
                )
                time.sleep(0.02)
            for other in (couples.ids[0], couples.ids[4]):
                couples.change(other)
            assert not stating.done()
            assert seen[-1].rows == 2
        assert stating.result(20).stated == 5
    world.pump()
    assert {couple_id: team for couple_id, team, _ in couples.told()} == {
        one: tuple(team) for one, team in couples.teams().items()
    }


def test_commands_and_rebuilds_at_once_leave_every_reader_with_what_the_owner_knows(world: World) -> None:
    couples = Couples(world, 6)
    over = threading.Event()

    def state_over_and_over() -> int:
        rounds = 0
        while not over.is_set() or rounds < 2:
            for reader in READERS:
                couples.state(reader, page=2)
            rounds += 1
        return rounds

    def change_over_and_over(mine: list[UUID]) -> None:
        for _ in range(8):
            for couple_id in mine:
                couples.change(couple_id)

    with ThreadPoolExecutor(3) as pool:
        stating = pool.submit(state_over_and_over)
        changing = [pool.submit(change_over_and_over, couples.ids[first::2]) for first in (0, 1)]
        try:
            while not all(one.done() for one in changing):
                for side in world.sides.values():
                    side.relay.relay_once(side.relay_connection)
                    side.consumer.step(0.0)
        finally:
            over.set()
        for one in changing:
            one.result()
        assert stating.result(60) >= 2
    done = couples.state()
    world.pump()
    assert is_applied(world.sides["sessions"].database, "intake", done.since)

    last: dict[UUID, tuple[UUID, ...]] = {}
    snapshots = 0
    for couple_id, team, is_snapshot in couples.told():
        if is_snapshot:
            snapshots += 1
            assert team == last[couple_id], "a snapshot never says what is not so any more"
        last[couple_id] = team
    assert snapshots >= 6 * 4 * 2
    truth = {couple_id: team[0] for couple_id, team in couples.teams().items()}
    for reader, table in (("sessions", "couple"), ("notify", "couple")):
        rows = world.rows(reader, couples.practice, f"SELECT couple_id, practitioner_ids[1] FROM {table}")
        assert dict(tuple(row) for row in rows) == truth
    for reader in ("integration", "gateway"):
        rows = world.rows(reader, couples.practice, "SELECT couple_id, practitioner_id FROM care_team_member")
        assert dict(tuple(row) for row in rows) == truth
