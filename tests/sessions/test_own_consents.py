"""A partner's own consents in one list: each with its text and what they did, and nothing of the other's."""

from datetime import timedelta

import pytest

from tests.sessions.couple_in_care import CoupleInCare, couple_in_care
from tests.world.world import World

MINE = "/me/consents"


@pytest.fixture
def care(world: World) -> CoupleInCare:
    return couple_in_care(world)


def test_each_own_consent_stands_there_with_what_was_done(care: CoupleInCare, world: World) -> None:
    session_id = care.plan()
    (before,) = care.ana.get(MINE).json["items"]
    own = care.ana.get(f"/me/medicine-sessions/{session_id}/consent").json
    assert before == {**own, "acts": []}
    assert before["state"] == "not_given"

    care.consent(care.ana, session_id)
    world.move_clock(care.practice, timedelta(hours=1))
    care.withdraw(care.ana, session_id)

    (after,) = care.ana.get(MINE).json["items"]
    assert after["state"] == "withdrawn"
    assert [one["state"] for one in after["acts"]] == ["given", "withdrawn"]
    assert {one["text_version"] for one in after["acts"]} == {own["text_version"]}
    assert after["acts"][0]["at"] < after["acts"][1]["at"]


@pytest.mark.P1
def test_nothing_that_the_other_does_changes_it(care: CoupleInCare) -> None:
    session_id = care.plan()
    care.consent(care.ana, session_id)
    before = care.ana.get(MINE)
    care.plan(
        taking_ids=[str(care.partner_ids[1])],
        starts_at=(care.starts_at + timedelta(days=9)).isoformat(),
    )
    care.consent(care.bo, session_id)
    care.withdraw(care.bo, session_id)
    after = care.ana.get(MINE)
    assert (after.data, list(after.headers)) == (before.data, list(before.headers))


@pytest.mark.A1
def test_it_is_written_down_that_they_looked(care: CoupleInCare, world: World) -> None:
    care.plan()
    care.ana.get(MINE)
    sql = (
        "SELECT actor_id, act, kind, about_id, relation FROM audit_row"
        " WHERE route = 'sessions.list_my_consents' AND practice_id = %s"
    )
    ana_id = care.partner_ids[0]
    assert [tuple(one) for one in world.rows("sessions", care.practice, sql, care.practice)] == [
        (ana_id, "read", "consent", ana_id, "self")
    ]
