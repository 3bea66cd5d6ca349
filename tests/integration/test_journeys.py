"""A journey opens for each partner when a medicine session ends, and knows its integration session."""

from datetime import timedelta
from uuid import uuid4

import pytest

from shared.db.tenancy import Scope
from shared.events.integration import JourneyOpened
from shared.events.sessions import SessionCompleted, SessionKind
from tests.integration.story import Couple, a_couple
from tests.world.world import World


def completed(
    couple: Couple, *people: object, hours: int, kind: SessionKind = SessionKind.INTEGRATION
) -> SessionCompleted:
    return SessionCompleted(
        session_id=uuid4(),
        kind=kind,
        couple_id=couple.couple_id,
        partner_ids=people,  # type: ignore[arg-type]
        at=couple.world.now(couple.practice) + timedelta(hours=hours),
    )


def done(couple: Couple) -> list[list[bool]]:
    """Ana's and Bo's journeys, newest first: is the integration session done?"""
    return [
        [one["is_integration_session_done"] for one in who.get("/me/journeys").json["items"]]
        for who in (couple.ana, couple.bo)
    ]


def test_each_partner_gets_a_journey_of_their_own(world: World) -> None:
    couple = a_couple(world)
    couple.ended()

    ana, bo = (who.get("/me/journeys").json["items"] for who in (couple.ana, couple.bo))

    assert len(ana) == len(bo) == 1
    assert ana[0]["journey_id"] != bo[0]["journey_id"]
    assert set(ana[0]) == {"journey_id", "opened_at", "is_integration_session_done"}
    assert {fact.person_id for fact in couple.events(JourneyOpened)} == {couple.ana_id, couple.bo_id}  # type: ignore[attr-defined]


def test_the_care_team_sees_both_journeys(world: World) -> None:
    couple = a_couple(world)
    couple.ended()

    items = couple.therapist.get(f"/couples/{couple.couple_id}/journeys").json["items"]

    assert {one["person_id"] for one in items} == {str(couple.ana_id), str(couple.bo_id)}


@pytest.mark.D1
def test_a_session_that_ended_is_told_twice_and_opens_nothing_twice(world: World) -> None:
    couple = a_couple(world)
    at = world.now(couple.practice)
    session_id = couple.ended(at=at)
    couple.ended(session_id, at=at)
    couple.pass_days(2)
    couple.ended(session_id, at=at)

    assert len(couple.events(JourneyOpened)) == 2
    assert len(couple.ana.get("/me/journeys").json["items"]) == 1
    assert len(couple.ana.get("/me/check-ins").json["items"]) == 1
    assert not couple.has_failures()


@pytest.mark.D1
def test_the_very_same_record_delivered_again_is_not_applied_again(world: World) -> None:
    couple = a_couple(world)
    couple.ended()
    side = world.sides["integration"]
    before = world.rows("integration", couple.practice, "SELECT * FROM timer ORDER BY id")
    with side.database.transaction(Scope(role="worker")) as db:
        db.connection().exec_driver_sql(
            "UPDATE log_position SET next_offset = 0 WHERE topic = 'attune.sessions'"
        )
    side.consumer.close()
    side.consumer.open()
    world.pump()

    assert len(couple.events(JourneyOpened)) == 2
    assert world.rows("integration", couple.practice, "SELECT * FROM timer ORDER BY id") == before


def test_a_journey_opens_before_the_couple_is_known_here(world: World) -> None:
    stranger = uuid4()
    couple = a_couple(world)

    couple.ended(couple_id=uuid4(), partner_ids=(stranger,))

    items = (
        world.caller("integration", couple.practice, stranger, "partner").get("/me/journeys").json["items"]
    )
    assert len(items) == 1


def test_an_integration_session_counts_for_those_who_came(world: World) -> None:
    couple = a_couple(world)
    couple.ended()

    world.tell(couple.practice, completed(couple, couple.ana_id, hours=2))
    assert done(couple) == [[True], [False]]

    world.tell(couple.practice, completed(couple, couple.ana_id, couple.bo_id, hours=3))
    assert done(couple) == [[True], [True]]


def test_an_integration_session_counts_for_the_latest_journey_only(world: World) -> None:
    couple = a_couple(world)
    couple.ended()
    couple.pass_days(30)
    couple.ended()

    world.tell(couple.practice, completed(couple, couple.ana_id, hours=2))

    assert done(couple) == [[True, False], [False, False]]


def test_an_integration_session_heard_of_before_its_journey_counts(world: World) -> None:
    couple = a_couple(world)
    world.tell(couple.practice, completed(couple, couple.ana_id, hours=2))

    couple.ended()

    assert done(couple) == [[True], [False]]


def test_no_other_kind_of_session_and_none_from_before_counts(world: World) -> None:
    couple = a_couple(world)
    couple.ended()

    world.tell(
        couple.practice,
        completed(couple, couple.ana_id, hours=2, kind=SessionKind.PREPARATION),
        completed(couple, couple.ana_id, hours=-2),
        SessionCompleted(session_id=uuid4(), kind=SessionKind.CONSULTATION, at=world.now(couple.practice)),
    )

    assert done(couple) == [[False], [False]]
