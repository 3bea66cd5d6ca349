"""A practitioner with a conflict of interest neither treats the couple nor opens its data."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from tests.intake.stage import Stage, count, transaction, write
from tests.world.world import World


def test_a_mark_takes_the_practitioner_off_the_care_team(stage: Stage) -> None:
    colleague = uuid4()
    stage.desk.put(
        _team(stage), {"practitioner_ids": [str(stage.clinician.actor.person_id), str(colleague)]}, etag='"2"'
    )

    answer = stage.mark_conflict(stage.clinician)

    assert answer.status_code == 201
    assert answer.json["practitioner_id"] == str(stage.clinician.actor.person_id)
    assert stage.desk.get(f"/couples/{stage.couple_id}").json["practitioner_ids"] == [str(colleague)]
    assert stage.facts("CareTeamChanged")[-1].practitioner_ids == (colleague,)
    assert stage.clinician.get(f"/couples/{stage.couple_id}").status_code == 404


def test_of_somebody_who_does_not_treat_them_the_care_team_hears_nothing(stage: Stage) -> None:
    assert stage.mark_conflict(stage.stranger).status_code == 201
    assert len(stage.facts("CareTeamChanged")) == 1


def test_who_is_marked_can_t_be_put_on_the_care_team(stage: Stage) -> None:
    stage.mark_conflict(stage.stranger)
    ids = [str(stage.clinician.actor.person_id), str(stage.stranger.actor.person_id)]

    answer = stage.desk.put(_team(stage), {"practitioner_ids": ids}, etag='"2"')

    assert (answer.status_code, answer.json["code"]) == (409, "conflict_of_interest")
    assert stage.desk.get(f"/couples/{stage.couple_id}").json["practitioner_ids"] == ids[:1]


def test_with_another_couple_there_is_no_conflict(stage: Stage) -> None:
    stage.mark_conflict(stage.stranger)
    other = stage.desk.post("/couples", {"partners": [{"display_name": "Cleo"}]}).json["couple_id"]
    ids = {"practitioner_ids": [str(stage.stranger.actor.person_id)]}
    assert stage.desk.put(f"/couples/{other}/care-team", ids, etag='"1"').status_code == 200


@pytest.mark.P2
def test_a_mark_ends_an_access_that_is_open(stage: Stage) -> None:
    write(stage.bo, "private words")
    opened = stage.break_glass().json
    assert stage.stranger.get(f"{stage.of(stage.bo_id)}/intention").status_code == 200

    stage.mark_conflict(stage.stranger)

    assert stage.stranger.get(f"{stage.of(stage.bo_id)}/intention").status_code == 404
    (ended,) = stage.facts("BreakGlassEnded")
    assert str(ended.break_glass_id) == opened["break_glass_id"]


def test_marked_twice_there_is_one_mark(stage: Stage) -> None:
    first, again = (stage.mark_conflict(stage.stranger) for _ in range(2))
    assert (again.status_code, again.data) == (201, first.data)
    (item,) = stage.admin.get(_marks(stage)).json["items"]
    assert item == first.json


def test_a_practitioner_marks_their_own_conflict(stage: Stage) -> None:
    """Also one who is on the team: nobody has to be asked."""
    for who in (stage.clinician, stage.stranger):
        answer = stage.mark_conflict(who, by=who)
        assert (answer.status_code, answer.json["marked_by"]) == (201, str(who.actor.person_id))
    assert stage.desk.get(f"/couples/{stage.couple_id}").json["practitioner_ids"] == []


@pytest.mark.P2
def test_nobody_else_marks_one(world: World, stage: Stage) -> None:
    elsewhere = world.caller("intake", world.practice(), uuid4(), "practice_admin")
    missing = stage.admin.post(f"/couples/{uuid4()}/conflict-marks/{uuid4()}")
    assert missing.status_code == 404
    for who in (stage.desk, stage.clinician, stage.ana, stage.bo, elsewhere):
        answer = stage.mark_conflict(stage.stranger, by=who)
        assert (answer.status_code, answer.data) == (404, missing.data)
    for who in (stage.desk, stage.clinician, stage.stranger, stage.ana):
        assert who.get(_marks(stage)).data == missing.data
    assert stage.admin.get(_marks(stage)).json["items"] == []


def test_marks_come_in_pages(stage: Stage) -> None:
    for who in (stage.clinician, stage.stranger):
        stage.mark_conflict(who)
    first = stage.admin.get(f"{_marks(stage)}?limit=1").json
    rest = stage.admin.get(f"{_marks(stage)}?limit=1&cursor={first['next_cursor']}").json
    assert [one["practitioner_id"] for one in first["items"] + rest["items"]] == [
        str(stage.stranger.actor.person_id),
        str(stage.clinician.actor.person_id),
    ]


def test_setting_and_lifting_are_told_once_each(stage: Stage) -> None:
    who = stage.stranger.actor.person_id
    for act in (stage.mark_conflict, stage.mark_conflict, stage.lift_conflict_mark):
        assert act(stage.stranger).status_code == 201
    told = stage.facts("ConflictMark")
    assert [type(one).__name__ for one in told] == ["ConflictMarked", "ConflictMarkLifted"]
    assert {(one.couple_id, one.practitioner_id) for one in told} == {(stage.couple_id, who)}


def test_once_it_is_lifted_they_may_treat_the_couple_and_are_not_put_back(stage: Stage) -> None:
    marked = stage.mark_conflict(stage.clinician).json
    assert (marked["lifted_by"], marked["lifted_at"]) == (None, None)

    lifted = stage.lift_conflict_mark(stage.clinician)

    assert (lifted.status_code, lifted.json["conflict_mark_id"]) == (201, marked["conflict_mark_id"])
    assert lifted.json["lifted_by"] == str(stage.admin.actor.person_id)
    couple = stage.desk.get(f"/couples/{stage.couple_id}")
    assert couple.json["practitioner_ids"] == []
    ids = {"practitioner_ids": [str(stage.clinician.actor.person_id)]}
    assert stage.desk.put(_team(stage), ids, etag=couple.headers["ETag"]).status_code == 200


def test_every_mark_is_kept_with_who_set_and_who_lifted_it(stage: Stage) -> None:
    for _ in range(2):
        assert stage.mark_conflict(stage.stranger, by=stage.stranger).status_code == 201
        assert stage.lift_conflict_mark(stage.stranger).status_code == 201
    stage.mark_conflict(stage.stranger)
    me, admin = str(stage.stranger.actor.person_id), str(stage.admin.actor.person_id)
    items = stage.admin.get(_marks(stage)).json["items"]
    assert [(one["marked_by"], one["lifted_by"]) for one in items] == [
        (admin, None),
        (me, admin),
        (me, admin),
    ]


@pytest.mark.A1
def test_setting_and_lifting_stand_in_the_audit(stage: Stage) -> None:
    """Beside the mark's own row, which whoever has the database can change unseen. It says by what right."""
    mark = UUID(stage.mark_conflict(stage.stranger, by=stage.stranger).json["conflict_mark_id"])
    stage.lift_conflict_mark(stage.stranger)
    again = UUID(stage.mark_conflict(stage.stranger).json["conflict_mark_id"])
    stage.lift_conflict_mark(stage.clinician)  # of whom there is none
    me, admin = stage.stranger.actor.person_id, stage.admin.actor.person_id
    assert stage.world.rows(
        "intake",
        stage.practice,
        "SELECT actor_id, act, record_id, about_id, relation, route FROM audit_row"
        " WHERE kind = 'conflict_mark' AND practice_id = %s ORDER BY at",
        stage.practice,
    ) == [
        (me, "change", mark, stage.couple_id, "is_self", "intake.mark_conflict"),
        (admin, "change", mark, stage.couple_id, "role", "intake.lift_conflict_mark"),
        (admin, "change", again, stage.couple_id, "role", "intake.mark_conflict"),
    ]


@pytest.mark.P2
def test_lifting_opens_the_door_that_a_mark_shut(stage: Stage) -> None:
    stage.mark_conflict(stage.stranger)
    refused = stage.break_glass()
    assert (refused.status_code, refused.json["code"]) == (409, "not_possible_for_you")
    stage.lift_conflict_mark(stage.stranger)
    assert stage.break_glass().status_code == 201


@pytest.mark.P2
def test_only_an_admin_lifts_a_mark_also_one_that_somebody_set_of_themselves(
    world: World, stage: Stage
) -> None:
    elsewhere = world.caller("intake", world.practice(), uuid4(), "practice_admin")
    missing = stage.admin.post(f"/couples/{uuid4()}/conflict-marks/{uuid4()}/lift")
    assert missing.status_code == 404
    stage.mark_conflict(stage.stranger, by=stage.stranger)
    for who in (stage.stranger, stage.desk, stage.clinician, stage.ana, stage.bo, elsewhere):
        answer = stage.lift_conflict_mark(stage.stranger, by=who)
        assert (answer.status_code, answer.data) == (404, missing.data)
    assert stage.facts("ConflictMarkLifted") == []
    with transaction(stage, stage.stranger) as db:
        changed = text("UPDATE conflict_mark SET lifted_by = :me, lifted_at = now()")
        result = db.connection().execute(changed, {"me": stage.stranger.actor.person_id})
        assert result.rowcount == 0, "the database says it again"

    assert stage.lift_conflict_mark(stage.stranger).status_code == 201
    again = stage.lift_conflict_mark(stage.stranger)
    assert (again.status_code, again.data) == (404, missing.data), "there is none any more"
    assert stage.lift_conflict_mark(stage.stranger, by=stage.stranger).data == missing.data


def test_the_same_request_sent_twice_lifts_once(stage: Stage) -> None:
    stage.mark_conflict(stage.stranger, by=stage.stranger)
    first, again = (stage.lift_conflict_mark(stage.stranger, key="lift-once") for _ in range(2))
    assert (first.status_code, first.data) == (again.status_code, again.data)
    assert first.status_code == 201
    assert len(stage.facts("ConflictMarkLifted")) == 1


@pytest.mark.P1
def test_the_database_shows_a_mark_to_the_desk_and_to_whom_it_is_about(stage: Stage) -> None:
    stage.mark_conflict(stage.stranger)
    callers = (stage.admin, stage.desk, stage.stranger, stage.clinician, stage.ana, stage.bo)
    assert [count(stage, who, "conflict_mark") for who in callers] == [1, 1, 1, 0, 0, 0]


def _team(stage: Stage) -> str:
    return f"/couples/{stage.couple_id}/care-team"


def _marks(stage: Stage) -> str:
    return f"/couples/{stage.couple_id}/conflict-marks"
