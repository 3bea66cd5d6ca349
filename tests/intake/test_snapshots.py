"""What intake states again: what holds now, and no word of anybody."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session

from services.intake.models import Enquiry, IntentionPart
from shared.db.tenancy import Scope
from shared.events.intake import (
    CareTeamChanged,
    ConflictMarked,
    ConflictMarkLifted,
    CoupleRegistered,
    IntentionShared,
    Readiness,
    ReadinessDecided,
)
from shared.path.snapshots import Snapshot
from tests.intake.stage import Stage, set_stage, share, unshare, write
from tests.world.stating import stated
from tests.world.world import World


@pytest.fixture
def stage(world: World) -> Stage:
    return set_stage(world)


def test_of_several_decisions_only_the_one_that_holds_is_stated(stage: Stage) -> None:
    later = (stage.world.now(stage.practice) + timedelta(days=40)).isoformat()
    for decision in ("not_yet", "ready"):
        stage.decide(stage.ana_id, decision)
        stage.decide(stage.bo_id, decision)
    stage.decide(stage.bo_id, "not_indicated")
    stage.decide(stage.ana_id, "ready", expires_at=later)
    facts = stated(stage.world, "intake", stage.practice, ReadinessDecided)
    assert {one.person_id: one.decision for one in facts} == {
        stage.ana_id: Readiness.READY,
        stage.bo_id: Readiness.NOT_INDICATED,
    }
    newest = {one.decision_id for one in stage.facts("ReadinessDecided")[-2:]}
    assert {one.decision_id for one in facts} == newest


def test_partners_are_stated_in_the_order_in_which_they_were_named(stage: Stage) -> None:
    (fact,) = stated(stage.world, "intake", stage.practice, CoupleRegistered)
    assert fact == stage.facts("CoupleRegistered")[0]
    assert fact.partner_ids == (stage.ana_id, stage.bo_id)


def test_a_team_of_nobody_is_stated_and_a_team_that_nobody_has_named_is_not(stage: Stage) -> None:
    stage.desk.post("/couples", {"partners": [{"display_name": "Cy"}]})
    stage.desk.put(f"/couples/{stage.couple_id}/care-team", {"practitioner_ids": []}, etag='"2"')
    assert stated(stage.world, "intake", stage.practice, CareTeamChanged) == [
        stage.facts("CareTeamChanged")[-1]
    ]


def test_marks_that_stand_are_stated_and_that_others_were_lifted(stage: Stage) -> None:
    for who in (stage.clinician, stage.stranger):
        stage.mark_conflict(who)
    stage.lift_conflict_mark(stage.clinician)
    assert stated(stage.world, "intake", stage.practice, ConflictMarked) == stage.facts("ConflictMarked")[1:]
    assert stated(stage.world, "intake", stage.practice, ConflictMarkLifted) == stage.facts("MarkLifted")
    stage.mark_conflict(stage.clinician)
    assert len(stated(stage.world, "intake", stage.practice, ConflictMarked)) == 2
    assert stated(stage.world, "intake", stage.practice, ConflictMarkLifted) == []


@pytest.mark.P1
def test_what_is_shared_now_is_stated_and_nothing_of_what_was_taken_back(stage: Stage) -> None:
    for who in (stage.ana, stage.bo):
        write(who, "for both")
        share(who)
    unshare(stage.bo)
    assert (
        stated(stage.world, "intake", stage.practice, IntentionShared) == stage.facts("IntentionShared")[:1]
    )


@pytest.mark.P3
def test_words_are_not_even_read(stage: Stage) -> None:
    write(stage.ana, "Only for me.")
    stage.desk.post("/enquiries", {"contact_id": str(stage.ana_id), "display_name": "Ana"})

    def asks_for(name: str) -> Any:
        def state(_: Session, rows: Sequence[Any]) -> list[Any]:
            assert rows
            return [getattr(one, name) for one in rows]

        return state

    for snapshot in (
        Snapshot(IntentionPart.id, asks_for("text")),
        Snapshot(Enquiry.id, asks_for("display_name")),
    ):
        with stage.world.sides["intake"].database.transaction(Scope(stage.practice, role="worker")) as db:
            with pytest.raises(InvalidRequestError):
                snapshot.page(db, None, 10)
            assert snapshot.count(db) == 1
