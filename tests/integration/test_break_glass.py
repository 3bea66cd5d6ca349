"""Access outside the care team, as intake tells of it: what it shows, to whom, and until when."""

from datetime import timedelta
from uuid import uuid4

import pytest

from shared.db.tenancy import Scope
from shared.events.intake import BreakGlassEnded, BreakGlassOpened
from tests.integration.test_policy import OF_A_COUPLE, READ_OF_A_COUPLE, Scene, make_scene
from tests.world.world import Caller, World

pytestmark = pytest.mark.P2


@pytest.fixture
def scene(world: World) -> Scene:
    return make_scene(world)


@pytest.fixture
def stranger(scene: Scene, world: World) -> Caller:
    """A clinician of the practice who does not treat them."""
    return world.caller("integration", scene.couple.practice, uuid4(), "prescriber")


def test_it_shows_what_the_care_team_reads_and_changes_nothing(scene: Scene, stranger: Caller) -> None:
    scene.couple.is_opened_to(stranger.actor.person_id)

    for name in READ_OF_A_COUPLE:
        assert scene.call(stranger, name).data == scene.call(scene.couple.therapist, name).data, name
    for name in set(OF_A_COUPLE) - set(READ_OF_A_COUPLE):
        assert scene.finds_nothing(stranger, name), name
    assert [one["concern_id"] for one in stranger.get("/safety-concerns").json["items"]] == [
        scene.ids["concern"]
    ]


def test_it_runs_out_by_the_practice_s_clock(scene: Scene, stranger: Caller, world: World) -> None:
    scene.couple.is_opened_to(stranger.actor.person_id, lasts=timedelta(hours=1))
    world.move_clock(scene.couple.practice, timedelta(minutes=59))
    assert scene.call(stranger, "show_partner_journal").status_code == 200

    world.move_clock(scene.couple.practice, timedelta(minutes=2))

    assert [name for name in OF_A_COUPLE if not scene.finds_nothing(stranger, name)] == []
    assert stranger.get("/safety-concerns").json["items"] == []


def test_it_opens_to_nobody_else(scene: Scene, stranger: Caller, world: World) -> None:
    scene.couple.is_opened_to(uuid4())
    for name in OF_A_COUPLE:
        assert scene.finds_nothing(stranger, name), name
    elsewhere = world.caller("integration", world.practice(), stranger.actor.person_id, "prescriber")
    scene.couple.is_opened_to(stranger.actor.person_id)
    for name in OF_A_COUPLE:
        assert scene.finds_nothing(elsewhere, name), name


def test_opened_to_one_partner_it_shows_nothing_of_the_other(scene: Scene, stranger: Caller) -> None:
    scene.couple.is_opened_to(stranger.actor.person_id, person_id=scene.couple.ana_id)
    for name in OF_A_COUPLE:
        assert scene.finds_nothing(stranger, name), name  # all of it is Bo's, or both partners'
    assert stranger.get("/safety-concerns").json["items"] == []
    of_ana = f"/couples/{scene.couple.couple_id}/partners/{scene.couple.ana_id}/journal"
    assert stranger.get(of_ana).status_code == 200

    scene.couple.is_opened_to(stranger.actor.person_id, person_id=scene.couple.bo_id)
    for name in ("show_partner_journal", "show_safety_concern"):
        assert scene.call(stranger, name).status_code == 200, name
    assert scene.finds_nothing(stranger, "list_couple_journeys")


def test_through_an_access_nobody_outside_the_couple_is_read(
    scene: Scene, stranger: Caller, world: World
) -> None:
    scene.couple.is_opened_to(stranger.actor.person_id)
    path = f"/couples/{scene.couple.couple_id}/partners/{uuid4()}/journal"
    assert stranger.get(path).status_code == 404


@pytest.mark.D1
def test_an_end_that_was_told_stays(scene: Scene, stranger: Caller, world: World) -> None:
    couple = scene.couple
    break_glass_id = couple.is_opened_to(stranger.actor.person_id)
    at = world.now(couple.practice)
    world.tell(
        couple.practice, BreakGlassEnded(break_glass_id=break_glass_id, couple_id=couple.couple_id, at=at)
    )
    assert scene.finds_nothing(stranger, "show_partner_journal")

    again = BreakGlassOpened(
        break_glass_id=break_glass_id,
        couple_id=couple.couple_id,
        person_id=None,
        practitioner_id=stranger.actor.person_id,
        expires_at=at + timedelta(hours=1),
    )
    world.tell(couple.practice, again)

    assert scene.finds_nothing(stranger, "show_partner_journal")
    assert not couple.has_failures()


@pytest.mark.P1
def test_the_database_shows_an_access_to_no_partner(scene: Scene, stranger: Caller, world: World) -> None:
    scene.couple.is_opened_to(stranger.actor.person_id)
    scene.couple.therapist.post(f"/safety-concerns/{scene.ids['concern']}/told-first")
    database = world.sides["integration"].app.extensions["attune_database"]

    def seen_as(who: Caller) -> list[int]:
        scope = Scope(scene.couple.practice, who.actor.person_id, who.actor.role_name())
        with database.transaction(scope) as db:
            return [
                db.connection().exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
                for table in ("break_glass", "told_first", "confidentiality_change")
            ]

    assert seen_as(stranger) == [1, 1, 1]
    assert seen_as(scene.couple.therapist) == [0, 1, 1]
    assert seen_as(scene.couple.ana) == seen_as(scene.couple.bo) == [0, 0, 0]
