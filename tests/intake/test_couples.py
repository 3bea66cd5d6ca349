"""A couple is registered once, partners join each at their own pace, and staff decide who treats it."""

from uuid import UUID, uuid4

import pytest

from shared.events.gateway import InvitationAccepted, PartnerInvited
from tests.intake.stage import Stage, set_stage
from tests.world.world import Caller, World

TWO = {"partners": [{"display_name": "Ana"}, {"display_name": "Bo"}]}


def test_a_couple_is_registered_from_its_enquiry_and_everybody_is_told(world: World, stage: Stage) -> None:
    enquiry_id = _enquiry(world, stage)

    answer = stage.desk.post("/couples", {**TWO, "enquiry_id": enquiry_id})

    assert answer.status_code == 201, answer.text
    assert answer.headers["ETag"] == '"1"'
    assert [(one["display_name"], one["state"]) for one in answer.json["partners"]] == [
        ("Ana", "registered"),
        ("Bo", "registered"),
    ]
    assert answer.json["practitioner_ids"] == []
    # The stage's own couple may have been relayed with it, in any order.
    (told,) = (
        one for one in stage.facts("CoupleRegistered") if str(one.couple_id) == answer.json["couple_id"]
    )
    assert [str(one) for one in told.partner_ids] == [one["person_id"] for one in answer.json["partners"]]
    assert str(told.enquiry_id) == enquiry_id


def test_one_partner_alone_is_a_couple_in_care(stage: Stage) -> None:
    answer = stage.clinician.post("/couples", {"partners": [{"display_name": "Cleo"}]})
    assert answer.status_code == 201
    (cleo,) = answer.json["partners"]

    me = stage.world.caller("intake", stage.practice, UUID(cleo["person_id"]), "partner")

    assert me.get("/me/couple").json == {
        "couple_id": answer.json["couple_id"],
        "me": {"person_id": cleo["person_id"], "display_name": "Cleo"},
        "partner": None,
        "confidentiality_policy": "discretion",
    }
    assert me.get("/me/intention/from-partner").json == {"parts": []}
    assert stage.facts("CoupleRegistered")[-1].enquiry_id is None


def test_an_enquiry_becomes_one_couple_only(world: World, stage: Stage) -> None:
    enquiry_id = _enquiry(world, stage)
    stage.desk.post("/couples", {**TWO, "enquiry_id": enquiry_id})

    again = stage.desk.post("/couples", {**TWO, "enquiry_id": enquiry_id})

    assert (again.status_code, again.json["code"]) == (409, "enquiry_already_registered")
    assert len(world.rows("intake", stage.practice, "SELECT 1 FROM couple WHERE enquiry_id IS NOT NULL")) == 1


def test_an_enquiry_that_is_not_there_or_is_another_practice_s_is_not_found(
    world: World, stage: Stage
) -> None:
    elsewhere = world.practice()
    visitor = world.caller("intake", elsewhere, None, "public")
    theirs = visitor.post("/enquiries", {"contact_id": str(uuid4()), "display_name": "Di"}).json["enquiry_id"]

    for enquiry_id in (str(uuid4()), theirs):
        assert stage.desk.post("/couples", {**TWO, "enquiry_id": enquiry_id}).status_code == 404


def test_registering_twice_with_one_key_makes_one_couple(world: World) -> None:
    practice = world.practice()
    desk = world.caller("intake", practice, uuid4(), "front_desk")

    first = desk.post("/couples", TWO, key="register-once")
    again = desk.post("/couples", TWO, key="register-once")

    assert (first.status_code, first.data) == (again.status_code, again.data)
    assert len(world.rows("intake", practice, "SELECT 1 FROM partner")) == 2


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"partners": []}, "/partners"),
        ({"partners": [{"display_name": name} for name in "abc"]}, "/partners"),
        ({"partners": [{"display_name": " "}]}, "/partners/0/display_name"),
        ({"partners": [{"display_name": "Ana", "state": "joined"}]}, "/partners/0/state"),
        ({**TWO, "enquiry_id": "x"}, "/enquiry_id"),
    ],
)
def test_a_couple_that_is_not_well_formed_is_refused(stage: Stage, body: object, pointer: str) -> None:
    answer = stage.desk.post("/couples", body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]


# The care team.


def test_the_care_team_changes_and_everybody_is_told(stage: Stage) -> None:
    team = [str(uuid4()), str(uuid4())]
    seen = stage.desk.get(f"/couples/{stage.couple_id}")

    answer = _put_team(stage, team, etag=seen.headers["ETag"])

    assert answer.status_code == 200
    assert (answer.json["practitioner_ids"], answer.json["version"]) == (team, 3)
    assert answer.headers["ETag"] == '"3"'
    told = stage.facts("CareTeamChanged")[-1]
    assert (told.couple_id, [str(one) for one in told.practitioner_ids]) == (stage.couple_id, team)


def test_a_care_team_somebody_else_changed_meanwhile_is_not_overwritten(stage: Stage) -> None:
    assert _put_team(stage, [], etag='"1"').status_code == 412
    assert _put_team(stage, []).status_code == 428
    assert len(stage.desk.get(f"/couples/{stage.couple_id}").json["practitioner_ids"]) == 1


def test_naming_the_same_care_team_again_tells_nobody(stage: Stage) -> None:
    team = [str(stage.clinician.actor.person_id)]
    answer = _put_team(stage, team, etag='"2"')
    assert (answer.status_code, answer.json["version"]) == (200, 2)
    assert len(stage.facts("CareTeamChanged")) == 1


def test_a_partner_can_t_be_put_on_a_care_team(stage: Stage) -> None:
    answer = _put_team(stage, [str(stage.bo_id)], etag='"2"')
    assert (answer.status_code, answer.json["code"]) == (409, "care_team_member_is_partner")


@pytest.mark.parametrize("ids", [["x"], [str(UUID(int=7))] * 2, [str(UUID(int=n)) for n in range(21)], None])
def test_a_care_team_that_is_not_well_formed_is_refused(stage: Stage, ids: object) -> None:
    assert _put_team(stage, ids, etag='"2"').status_code == 422


# Who sees a couple.


@pytest.mark.P2
def test_a_clinician_sees_only_couples_they_treat(stage: Stage) -> None:
    here = f"/couples/{stage.couple_id}"

    assert [one["couple_id"] for one in stage.clinician.get("/couples").json["items"]] == [
        str(stage.couple_id)
    ]
    assert stage.clinician.get(here).status_code == 200
    assert stage.stranger.get("/couples").json["items"] == []
    missing = stage.stranger.get(f"/couples/{uuid4()}")
    denied = stage.stranger.get(here)
    assert (denied.status_code, denied.data) == (missing.status_code, missing.data) == (404, missing.data)


@pytest.mark.P2
def test_a_clinician_taken_off_the_care_team_sees_nothing_more(stage: Stage) -> None:
    _put_team(stage, [str(stage.stranger.actor.person_id)], etag='"2"')
    for path in ("", "/readiness", f"/partners/{stage.ana_id}/intention"):
        assert stage.clinician.get(f"/couples/{stage.couple_id}{path}").status_code == 404
        assert stage.stranger.get(f"/couples/{stage.couple_id}{path}").status_code == 200


def test_the_list_of_couples_comes_in_pages(stage: Stage) -> None:
    more = [stage.desk.post("/couples", TWO).json["couple_id"] for _ in range(2)]

    first = stage.desk.get("/couples?limit=2").json
    rest = stage.desk.get(f"/couples?limit=2&cursor={first['next_cursor']}").json

    assert [one["couple_id"] for one in first["items"] + rest["items"]] == [
        *reversed(more),
        str(stage.couple_id),
    ]
    assert rest["next_cursor"] is None
    assert stage.clinician.get(f"/couples?limit=2&cursor={first['next_cursor']}").status_code == 400


@pytest.mark.P2
def test_another_practice_finds_no_couple(world: World, stage: Stage) -> None:
    elsewhere = world.practice()
    desk = world.caller("intake", elsewhere, uuid4(), "practice_admin")
    same_person = world.caller("intake", elsewhere, stage.clinician.actor.person_id, "practitioner")
    ana_there = world.caller("intake", elsewhere, stage.ana_id, "partner")
    assert desk.get("/couples").json["items"] == []
    for who in (desk, same_person):
        assert who.get(f"/couples/{stage.couple_id}").status_code == 404
    assert ana_there.get("/me/couple").status_code == 404


# How partners join.


def test_a_partner_s_state_follows_the_invitation(stage: Stage) -> None:
    both = {"couple_id": stage.couple_id, "person_id": stage.ana_id}

    stage.world.tell(stage.practice, PartnerInvited(**both, contact_id=uuid4()))
    assert _states(stage) == ["invited", "registered"]
    stage.world.tell(stage.practice, InvitationAccepted(**both))
    assert _states(stage) == ["joined", "registered"]


@pytest.mark.D1
def test_a_partner_s_state_never_goes_back(stage: Stage) -> None:
    invited = PartnerInvited(couple_id=stage.couple_id, person_id=stage.ana_id, contact_id=uuid4())
    accepted = InvitationAccepted(couple_id=stage.couple_id, person_id=stage.ana_id)

    stage.world.tell(stage.practice, accepted, invited, accepted, invited)

    assert _states(stage) == ["joined", "registered"]


def test_an_invitation_of_somebody_unknown_or_of_another_couple_changes_nobody(stage: Stage) -> None:
    other = stage.desk.post("/couples", TWO).json["couple_id"]
    stage.world.tell(
        stage.practice,
        PartnerInvited(couple_id=uuid4(), person_id=uuid4(), contact_id=uuid4()),
        InvitationAccepted(couple_id=UUID(other), person_id=stage.bo_id),
    )
    assert _states(stage) == ["registered", "registered"]
    elsewhere = stage.world.practice()
    stage.world.tell(elsewhere, InvitationAccepted(couple_id=stage.couple_id, person_id=stage.bo_id))
    assert _states(stage) == ["registered", "registered"]
    assert (
        stage.world.rows("intake", stage.practice, "SELECT 1 FROM dead_letter WHERE practice_id IS NOT NULL")
        == []
    )


def _enquiry(world: World, stage: Stage) -> str:
    visitor = world.caller("intake", stage.practice, None, "public")
    return str(
        visitor.post("/enquiries", {"contact_id": str(uuid4()), "display_name": "Ana"}).json["enquiry_id"]
    )


def _put_team(stage: Stage, ids: object, *, etag: str | None = None):  # type: ignore[no-untyped-def]
    return stage.desk.put(f"/couples/{stage.couple_id}/care-team", {"practitioner_ids": ids}, etag=etag)


def _states(stage: Stage) -> list[str]:
    return [one["state"] for one in stage.desk.get(f"/couples/{stage.couple_id}").json["partners"]]


def test_couples_are_found_by_a_part_of_a_name_by_who_may_see_them(world: World) -> None:
    stage = set_stage(world, names=("Zoë", "100% Bo"))
    stage.desk.post("/couples", {"partners": [{"display_name": "Cleo"}]})

    def found(who: Caller, name: str) -> list[str]:
        items = who.get("/couples", query_string={"name": name}).json["items"]
        return [one["couple_id"] for one in items]

    for name in ("zoë", "0% b", " Bo ", "ZO"):
        assert found(stage.desk, name) == [str(stage.couple_id)], name
    assert found(stage.desk, "zzz") == found(stage.desk, "_%_%_%_%_%_%") == []
    assert len(found(stage.desk, "")) == 2
    assert found(stage.stranger, "Zo") == []
    assert stage.desk.get("/couples", query_string={"name": "x" * 101}).status_code == 422
