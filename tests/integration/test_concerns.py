"""An answer that worries reaches the care team at once, and nobody else ever."""

from collections.abc import Mapping
from uuid import uuid4

import pytest

from shared.events.intake import CareTeamChanged
from shared.events.integration import CheckInAnswered, SafetyConcernRaised, Urgency
from shared.events.notify import AlertAcknowledged
from tests.integration.story import FINE, UNSAFE, Couple, a_couple
from tests.world.world import Caller, World


@pytest.fixture
def couple(world: World) -> Couple:
    made = a_couple(world)
    made.ended()
    made.pass_days(1)
    return made


def answer(who: Caller, body: Mapping[str, object]) -> None:
    check_in = who.get("/me/check-ins").json["items"][0]["check_in_id"]
    assert who.post(f"/me/check-ins/{check_in}/answer", body).status_code == 201


def acknowledged(couple: Couple, concern_id: object) -> AlertAcknowledged:
    return AlertAcknowledged(
        alert_id=uuid4(),
        concern_id=concern_id,  # type: ignore[arg-type]
        person_id=couple.bo_id,
        by=uuid4(),
        at=couple.world.now(couple.practice),
    )


@pytest.mark.parametrize(
    ("changed", "urgency"),
    [({"is_safe_at_home": False}, "now"), ({"mood": 1}, "now"), ({"wants_contact": True}, "soon")],
)
def test_the_event_carries_the_urgency_and_no_kind(
    couple: Couple, changed: dict[str, object], urgency: str
) -> None:
    answer(couple.bo, {**FINE, **changed})

    answered, raised = couple.events(CheckInAnswered, SafetyConcernRaised)

    assert isinstance(answered, CheckInAnswered)
    assert isinstance(raised, SafetyConcernRaised)
    assert not answered.is_clear
    assert (raised.person_id, raised.couple_id) == (couple.bo_id, couple.couple_id)
    assert raised.urgency is Urgency(urgency)


def test_the_care_team_sees_the_concern_and_can_read_what_it_is(couple: Couple) -> None:
    answer(couple.bo, {**UNSAFE, "wants_contact": True})

    (item,) = couple.therapist.get("/safety-concerns").json["items"]
    whole = couple.therapist.get(f"/safety-concerns/{item['concern_id']}").json

    assert set(item) == {"concern_id", "couple_id", "person_id", "urgency", "raised_at", "state"}
    assert (item["person_id"], item["urgency"], item["state"]) == (str(couple.bo_id), "now", "open")
    assert whole == {**item, "kinds": ["not_safe_at_home", "wants_contact"], "may_be_raised": "no"}


def test_an_alert_that_was_taken_up_marks_its_concern_once(couple: Couple, world: World) -> None:
    answer(couple.bo, UNSAFE)
    (item,) = couple.therapist.get("/safety-concerns").json["items"]
    one, two = (acknowledged(couple, item["concern_id"]) for _ in range(2))

    world.tell(couple.practice, one)
    world.tell(couple.practice, two, acknowledged(couple, uuid4()))

    (item,) = couple.therapist.get("/safety-concerns").json["items"]
    assert item["state"] == "acknowledged"
    stored = world.rows("integration", couple.practice, "SELECT acknowledged_by FROM safety_concern")
    assert [row[0] for row in stored] == [one.by]


def test_two_alerts_taken_up_in_one_batch_keep_the_first(couple: Couple, world: World) -> None:
    answer(couple.bo, UNSAFE)
    (item,) = couple.therapist.get("/safety-concerns").json["items"]
    one, two = (acknowledged(couple, item["concern_id"]) for _ in range(2))

    world.tell(couple.practice, one, two)

    stored = world.rows("integration", couple.practice, "SELECT acknowledged_by FROM safety_concern")
    assert [row[0] for row in stored] == [one.by]


@pytest.mark.P2
def test_concerns_follow_the_care_team(couple: Couple, world: World) -> None:
    answer(couple.bo, UNSAFE)
    (item,) = couple.therapist.get("/safety-concerns").json["items"]
    successor = world.caller("integration", couple.practice, uuid4(), "practitioner")
    assert successor.get("/safety-concerns").json["items"] == []

    world.tell(
        couple.practice,
        CareTeamChanged(couple_id=couple.couple_id, practitioner_ids=(successor.actor.person_id,)),
    )

    assert successor.get("/safety-concerns").json["items"] == [item]
    assert couple.therapist.get("/safety-concerns").json["items"] == []
    assert couple.therapist.get(f"/safety-concerns/{item['concern_id']}").status_code == 404


def test_many_concerns_come_in_pages_newest_first(world: World) -> None:
    practice = world.practice()
    couples = [a_couple(world, practice=practice) for _ in range(3)]
    for one in couples:
        one.ended()
    couples[0].pass_days(1)
    for one in couples:
        answer(one.ana, UNSAFE)
    therapist = couples[0].therapist
    for one in couples:
        world.tell(
            practice, CareTeamChanged(couple_id=one.couple_id, practitioner_ids=(couples[0].therapist_id,))
        )

    seen, cursor = [], ""
    while cursor is not None:
        found = therapist.get(
            f"/safety-concerns?limit=1&cursor={cursor}" if cursor else "/safety-concerns?limit=1"
        ).json
        seen += [one["couple_id"] for one in found["items"]]
        cursor = found["next_cursor"]

    assert seen == [str(one.couple_id) for one in reversed(couples)]
