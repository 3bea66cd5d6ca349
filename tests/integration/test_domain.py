"""The rules alone: when check-ins open and which answers worry."""

from datetime import UTC, datetime

import pytest

from services.integration.domain import (
    Answers,
    ConcernKind,
    check_in_due_at,
    concerns,
    is_clear,
    reaches_partner,
    urgency_of,
)
from shared.events.integration import Audience, Urgency

FINE = {"mood": 7, "sleep_h": 7.5, "is_safe_at_home": True, "wants_contact": False}


@pytest.mark.parametrize(
    ("changed", "kinds", "urgency"),
    [
        ({"is_safe_at_home": False}, ("not_safe_at_home",), Urgency.NOW),
        ({"mood": 0}, ("very_low_mood",), Urgency.NOW),
        ({"mood": 1}, ("very_low_mood",), Urgency.NOW),
        ({"wants_contact": True}, ("wants_contact",), Urgency.SOON),
        ({"mood": 1, "wants_contact": True}, ("very_low_mood", "wants_contact"), Urgency.NOW),
    ],
)
def test_an_answer_that_worries_is_not_clear_and_says_how_fast(
    changed: dict[str, object], kinds: tuple[str, ...], urgency: Urgency
) -> None:
    answers = Answers(**{**FINE, **changed})  # type: ignore[arg-type]

    assert concerns(answers) == tuple(ConcernKind(kind) for kind in kinds)
    assert not is_clear(answers)
    assert urgency_of(concerns(answers)) is urgency


@pytest.mark.parametrize(
    "changed", [{}, {"mood": 2}, {"sleep_h": 0}, {"sleep_h": None}, {"words": "I'm not safe"}]
)
def test_low_but_not_lowest_mood_little_sleep_and_words_worry_nobody_by_themselves(
    changed: dict[str, object],
) -> None:
    assert is_clear(Answers(**{**FINE, **changed}))  # type: ignore[arg-type]


@pytest.mark.parametrize("changed", [{"mood": None}, {"is_safe_at_home": None}])
def test_what_was_not_said_worries_nobody_and_clears_nothing(changed: dict[str, object]) -> None:
    answers = Answers(**{**FINE, **changed})  # type: ignore[arg-type]

    assert concerns(answers) == ()
    assert not is_clear(answers)


@pytest.mark.parametrize(
    ("ended_at", "day", "due_at"),
    [
        (datetime(2026, 6, 1, 22, tzinfo=UTC), 1, datetime(2026, 6, 2, 14, tzinfo=UTC)),
        # Still the first of June in Denver: the second is day 1.
        (datetime(2026, 6, 2, 5, 59, tzinfo=UTC), 1, datetime(2026, 6, 2, 14, tzinfo=UTC)),
        # Ended at six in the morning of the second: the third, at six.
        (datetime(2026, 6, 2, 12, tzinfo=UTC), 1, datetime(2026, 6, 3, 12, tzinfo=UTC)),
        (datetime(2026, 6, 1, 22, tzinfo=UTC), 90, datetime(2026, 8, 30, 14, tzinfo=UTC)),
        # Over the change to summer time: eight in the morning all the same.
        (datetime(2026, 3, 7, 20, tzinfo=UTC), 1, datetime(2026, 3, 8, 14, tzinfo=UTC)),
        (datetime(2026, 3, 6, 20, tzinfo=UTC), 1, datetime(2026, 3, 7, 15, tzinfo=UTC)),
    ],
)
def test_a_check_in_opens_in_the_morning_of_its_calendar_day(
    ended_at: datetime, day: int, due_at: datetime
) -> None:
    assert check_in_due_at(ended_at, day=day, zone="America/Denver") == due_at


def test_only_partner_and_both_reach_the_partner() -> None:
    assert [one for one in Audience if reaches_partner(one)] == [Audience.PARTNER, Audience.BOTH]
