"""A reader's projections, lost or damaged, come back as their owners state them; and nothing else comes of it."""

import contextlib
from typing import Any

import psycopg
import pytest

from shared.db.tenancy import Scope
from shared.path.rebuild import NothingToState, Progress, Rebuilt, is_applied, put_aside, rebuild
from shared.path.replay import replay
from shared.settings import SERVICES
from tests.path.clinic import Clinic, play
from tests.world.world import World

pytestmark = [pytest.mark.D1, pytest.mark.timeout(400)]  # the play that they share takes most of it

PROJECTIONS = {
    "gateway": {"partner": "*", "care_team_member": "*"},
    "intake": {"practice": "*", "partner": "id, state"},
    "sessions": {
        "practice": "*",
        "practitioner": "*",
        "enquiry": "*",
        "couple": "*",
        "readiness_decision": "*",
        "preparation_done": "*",
        "check_in": "*",
    },
    "integration": {
        "practice": "*",
        "couple_partner": "*",
        "care_team_member": "*",
        "attended_integration": "*",
        "safety_concern": "id, state, acknowledged_by, acknowledged_at",
    },
    "notify": {
        "practice": "*",
        "member": "*",
        "couple": "*",
        "appointment": "*",
        "check_in": "*",
        # When a claim was made is restored only as far as its owner knows it.
        "contact_point": "id, person_id, enquiry_id, is_safe",
    },
}
"""What each reader knows of others: whole tables, or columns of tables that hold its own rows."""

LOST = {
    **{(reader, table): f"DELETE FROM {table}" for reader, tables in PROJECTIONS.items() for table in tables},
    ("intake", "partner"): "UPDATE partner SET state = 'registered'",
    ("integration", "safety_concern"): (
        "UPDATE safety_concern SET state = 'open', acknowledged_by = NULL, acknowledged_at = NULL"
    ),
    ("notify", "contact_point"): (
        "UPDATE contact_point SET person_id = NULL, enquiry_id = NULL, is_safe = false, claimed_at = NULL"
    ),
}
_NOW, _NOBODY = "now() - interval '9 years'", "ARRAY['00000000-0000-0000-0000-000000000009'::uuid]"
_OTHERS = f"UPDATE couple SET partner_ids = {_NOBODY}, practitioner_ids = {_NOBODY} WHERE cardinality(practitioner_ids)"
ALTERED = {
    ("gateway", "partner"): "UPDATE partner SET couple_id = gen_random_uuid()",
    ("gateway", "care_team_member"): "UPDATE care_team_member SET practitioner_id = gen_random_uuid()",
    ("intake", "practice"): "UPDATE practice SET zone = 'Asia/Tokyo', clock_offset_s = 7",
    ("intake", "partner"): "UPDATE partner SET state = 'invited' WHERE state = 'joined'",
    ("sessions", "practice"): "UPDATE practice SET zone = 'Asia/Tokyo', clock_offset_s = 7",
    ("sessions", "practitioner"): "UPDATE practitioner SET roles = '{facilitator}'",
    ("sessions", "couple"): f"{_OTHERS} > 0",
    ("sessions", "readiness_decision"): f"UPDATE readiness_decision SET decision = 'not_yet', expires_at = {_NOW}",
    ("sessions", "preparation_done"): f"UPDATE preparation_done SET at = {_NOW}",
    ("sessions", "check_in"): "UPDATE check_in SET is_clear = NOT is_clear, day = 5",
    ("integration", "practice"): "UPDATE practice SET zone = 'Asia/Tokyo', clock_offset_s = 7",
    ("integration", "couple_partner"): "UPDATE couple_partner SET person_id = gen_random_uuid()",
    ("integration", "care_team_member"): "UPDATE care_team_member SET practitioner_id = gen_random_uuid()",
    ("integration", "attended_integration"): f"UPDATE attended_integration SET at = {_NOW}",
    ("notify", "practice"): "UPDATE practice SET zone = 'Asia/Tokyo', clock_offset_s = 7",
    ("notify", "member"): "UPDATE member SET roles = '{practice_admin}'",
    ("notify", "couple"): f"{_OTHERS} > 0",
    ("notify", "appointment"): (
        f"UPDATE appointment SET state = 'held', kind = 'regulation', starts_at = {_NOW}, released_at = {_NOW},"
        f" couple_id = NULL, enquiry_id = gen_random_uuid(), partner_ids = {_NOBODY}, practitioner_ids = {_NOBODY}"
    ),
    ("notify", "check_in"): "UPDATE check_in SET is_answered = NOT is_answered, person_id = gen_random_uuid()",
}  # fmt: skip

EFFECTS = {
    "gateway": ("invitation", "account", "timer"),
    "intake": ("couple", "partner", "timer"),
    "sessions": ("booking", "medicine_session", "public_change", "occupancy", "consent", "timer"),
    "integration": ("journey", "check_in", "safety_concern", "timer"),
    "notify": ("notice", "delivery", "alert", "preference", "timer"),
}
"""What services do about what they know: told, booked, alerted, planned."""


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


def known(reader: str, here: Clinic) -> dict[str, Any]:
    """All that a reader knows of others."""
    return {
        table: sorted(
            here.world.rows(
                reader, here.id, f"SELECT {columns} FROM {table} WHERE practice_id = '{here.id}'"
            ),
            key=str,
        )
        for table, columns in PROJECTIONS[reader].items()
    }


def effects(here: Clinic) -> dict[str, Any]:
    return {
        f"{service}.{table}": sorted(
            here.world.rows(service, here.id, f"SELECT * FROM {table} WHERE practice_id = '{here.id}'"),
            key=str,
        )
        for service, tables in EFFECTS.items()
        for table in tables
    }


def live_events(world: World) -> int:
    """How many events the log holds that just happened: neither ticks nor snapshots."""
    with psycopg.connect(world.sides["notify"].settings.event_log_url) as log:
        names = [dict(headers) for (headers,) in log.execute("SELECT headers FROM log_record")]
    return sum(1 for one in names if "tick" not in one["ce_type"] and "ce_snapshotfor" not in one)


def damage(reader: str, here: Clinic, how: dict[tuple[str, str], str]) -> None:
    with here.world.sides[reader].database.transaction(Scope(here.id, role="worker")) as db:
        for (name, table), sql in how.items():
            if name == reader:
                # The worker sees this one table of all practices.
                only = f" WHERE practice_id = '{here.id}'" if table == "practice" else ""
                db.connection().exec_driver_sql(sql + only)


def dead(world: World, reader: str) -> int:
    with psycopg.connect(world.sides[reader].settings.worker_database_url) as db:
        return int(db.execute("SELECT count(*) FROM dead_letter WHERE replayed_at IS NULL").fetchone()[0])  # type: ignore[index]


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
        assert len(here.world.rows("intake", here.id, sql)) <= 6, "two pages and no more"
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
