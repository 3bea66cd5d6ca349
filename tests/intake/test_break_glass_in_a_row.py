"""Accesses in a row: four hours in any 24 together, unless an admin has looked at the earlier ones."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.intake.domain import is_within_break_glass
from tests.intake.stage import Stage

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def said(answer: Any) -> tuple[int, str | None]:
    return answer.status_code, answer.json.get("code")


REFUSED = (409, "break_glass_used_up")


def test_after_four_hours_together_another_one_must_wait_for_the_review(stage: Stage) -> None:
    first = stage.break_glass(duration_min=180).json
    stage.world.move_clock(stage.practice, timedelta(hours=3, minutes=5))
    assert said(stage.break_glass(duration_min=61)) == REFUSED
    stage.break_glass(duration_min=60)
    assert said(stage.break_glass(duration_min=1)) == REFUSED
    assert said(stage.break_glass(duration_min=1, person_id=str(stage.ana_id))) == REFUSED
    assert len(stage.facts("BreakGlassOpened")) == 2

    assert stage.review(first, "justified").status_code == 201

    assert said(stage.break_glass(duration_min=181)) == REFUSED
    assert stage.break_glass(duration_min=180).status_code == 201
    assert said(stage.break_glass(duration_min=1)) == REFUSED


def test_a_day_later_they_count_no_more(stage: Stage) -> None:
    stage.break_glass(duration_min=240)
    stage.world.move_clock(stage.practice, timedelta(hours=23, minutes=55))
    assert said(stage.break_glass(duration_min=1)) == REFUSED
    stage.world.move_clock(
        stage.practice, timedelta(hours=2, minutes=6)
    )  # two of the four hours are a day old
    assert stage.break_glass(duration_min=120).status_code == 201


def test_somebody_else_and_another_couple_have_their_own_time(stage: Stage) -> None:
    stage.break_glass(duration_min=240)
    colleague = stage.world.caller("intake", stage.practice, uuid4(), "practitioner")
    assert stage.break_glass(by=colleague, duration_min=240).status_code == 201
    other = stage.desk.post("/couples", {"partners": [{"display_name": "Cleo"}]}).json["couple_id"]
    body = {"reason": "urgent", "duration_min": 240}
    assert stage.stranger.post(f"/couples/{other}/break-glass", body).status_code == 201


def test_asked_at_once_they_are_counted_together(stage: Stage) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: stage.break_glass(duration_min=120), range(4)))
    assert sorted(said(answer) for answer in answers) == [(201, None)] * 2 + [REFUSED] * 2


@pytest.mark.P1
def test_what_is_refused_for_other_reasons_says_nothing_of_it(stage: Stage) -> None:
    stage.break_glass(duration_min=240)
    stage.mark_conflict(stage.stranger)
    assert said(stage.break_glass(duration_min=1)) == (409, "not_possible_for_you")


@pytest.mark.parametrize(
    ("earlier", "lasts_h", "is_within"),
    [
        ([], 4, True),
        ([(-1, 1)], 2, True),
        ([(-1, 1)], 2.1, False),
        ([(-26, -22)], 2, True),  # half of it is within a day
        ([(-26, -22)], 2.1, False),
        ([(-30, -26)], 4, True),
        ([(-1, 1), (-1, 1)], 0.1, False),  # one for each partner, at the same time
    ],
)
def test_what_fits_into_a_day(earlier: list[tuple[float, float]], lasts_h: float, is_within: bool) -> None:
    at = [(NOON + timedelta(hours=start), NOON + timedelta(hours=end)) for start, end in earlier]
    assert is_within_break_glass(at, lasts=timedelta(hours=lasts_h), now=NOON) == is_within
