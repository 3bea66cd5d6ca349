"""What happens at the same moment happens one after the other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from tests.intake.stage import Stage, share, write

MANY = 6  # as many as the app has connections


@pytest.mark.D1
def test_of_many_registrations_of_one_enquiry_one_wins(stage: Stage) -> None:
    visitor = stage.world.caller("intake", stage.practice, None, "public")
    enquiry_id = visitor.post("/enquiries", {"contact_id": str(uuid4()), "display_name": "A"}).json[
        "enquiry_id"
    ]
    body = {"partners": [{"display_name": "Ana"}], "enquiry_id": enquiry_id}

    answers = _at_once(lambda: stage.desk.post("/couples", body))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * (MANY - 1)
    assert {answer.json.get("code") for answer in answers} == {None, "enquiry_already_registered"}


@pytest.mark.D1
def test_preparation_recorded_by_many_hands_is_told_once(stage: Stage) -> None:
    path = f"{stage.of(stage.ana_id)}/preparation-completed"
    answers = _at_once(lambda: stage.clinician.post(path))
    assert {(answer.status_code, answer.data) for answer in answers} == {(201, answers[0].data)}
    assert len(stage.facts("PreparationCompleted")) == 1


@pytest.mark.D1
def test_decisions_at_the_same_moment_have_one_order_here_and_on_the_log(stage: Stage) -> None:
    answers = _at_once(lambda: stage.decide(stage.ana_id, "not_yet"))
    assert {answer.status_code for answer in answers} == {201}
    told = [str(fact.decision_id) for fact in stage.facts("ReadinessDecided")]
    (holds,) = stage.clinician.get(f"/couples/{stage.couple_id}/readiness").json["items"]
    assert len(told) == MANY
    assert told[-1] == holds["decision_id"]


def test_of_many_first_writings_of_a_part_one_wins(stage: Stage) -> None:
    answers = _at_once(lambda: write(stage.ana, "first"))
    assert sorted(answer.status_code for answer in answers) == [200] + [428] * (MANY - 1)


def test_sharing_the_same_words_from_many_windows_tells_once(stage: Stage) -> None:
    write(stage.ana, "words")
    answers = _at_once(lambda: share(stage.ana))
    assert {answer.status_code for answer in answers} == {201}
    assert len(stage.facts("IntentionShared")) == 1


def _at_once(act: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(MANY) as pool:
        return [future.result() for future in [pool.submit(act) for _ in range(MANY)]]
