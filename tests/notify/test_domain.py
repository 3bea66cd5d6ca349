"""Notify's pure rules."""

from datetime import UTC, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.notify.domain.climbing import TRIES, pause_after, whom_to_alert
from services.notify.domain.occasions import Occasion, is_reminder_due, public_state
from services.notify.domain.quiet import quiet_until
from services.notify.templates import LANGUAGES, texts

ZONES = ("America/Denver", "Europe/Madrid", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")
QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("now", "over"),
    [
        ("2026-03-03T21:59", None),
        ("2026-03-03T22:00", "2026-03-04T07:00"),
        ("2026-03-04T06:59", "2026-03-04T07:00"),
        ("2026-03-04T07:00", None),
    ],
)
def test_quiet_hours_over_midnight_end_in_the_persons_own_morning(now: str, over: str | None) -> None:
    zone = ZoneInfo("America/Denver")
    at = datetime.fromisoformat(now).replace(tzinfo=zone)
    until = quiet_until(at, start=time(22), end=time(7), zone="America/Denver")
    assert until == (datetime.fromisoformat(over).replace(tzinfo=zone).astimezone(UTC) if over else None)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # busy machines draw slowly
@given(st.integers(0, 2 * 366 * 96), st.integers(0, 95), st.integers(0, 95), st.sampled_from(ZONES))
def test_quiet_hours_always_end_ahead_and_within_a_day(at: int, start: int, end: int, zone: str) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + at * QUARTER
    until = quiet_until(now, start=_wall(start), end=_wall(end), zone=zone)
    assert until is None or now < until <= now + timedelta(hours=25)


def _wall(quarters: int) -> time:
    return time(quarters // 4, quarters % 4 * 15)


def test_a_repeated_hour_ends_quiet_hours_ahead_not_behind() -> None:
    second_0115 = datetime(2026, 11, 1, 8, 15, tzinfo=UTC)  # 01:15 MST, an hour after 01:15 MDT
    until = quiet_until(second_0115, start=time(22), end=time(1, 30), zone="America/Denver")
    assert until == datetime(2026, 11, 1, 8, 30, tzinfo=UTC)


def test_an_alert_goes_to_the_team_then_down_the_team_then_to_the_admins() -> None:
    first, second, third, admin = (uuid4() for _ in range(4))
    ladder = [whom_to_alert(rank, [first, second, third], [admin]) for rank in range(5)]
    assert ladder == [[first, second, third], [second], [third], [admin], [admin]]
    assert whom_to_alert(0, [], [admin]) == [admin]
    assert whom_to_alert(7, [first], []) == [first]


def test_a_mail_is_tried_six_times_at_growing_pauses() -> None:
    pauses = [pause_after(attempt) for attempt in range(1, TRIES)]
    assert all(pauses)
    assert pauses == sorted(pauses)  # type: ignore[type-var]
    assert pause_after(TRIES) is None


@pytest.mark.parametrize(
    ("occasion", "before", "is_due"),
    [
        (Occasion.REMINDER_24H, 24, True),
        (Occasion.REMINDER_24H, 3, True),
        (Occasion.REMINDER_24H, 2, False),
        (Occasion.REMINDER_2H, 2, True),
        (Occasion.REMINDER_2H, 0, False),
    ],
)
def test_a_late_reminder_gives_way_to_the_nearer_one(occasion: Occasion, before: int, is_due: bool) -> None:
    starts_at = datetime(2026, 5, 1, 12, tzinfo=UTC)
    assert is_reminder_due(occasion, starts_at=starts_at, now=starts_at - timedelta(hours=before)) is is_due


@pytest.mark.C2
def test_a_hold_and_a_cancellation_are_one_public_state() -> None:
    assert public_state("held") == public_state("cancelled") == "not_going_ahead"
    assert public_state("in_progress") is None


def test_every_language_has_a_neutral_text_for_every_occasion() -> None:
    told = {one.value for one in Occasion} - {"invitation"}
    for language in LANGUAGES:
        words = texts(language)
        assert set(words.inbox) == told
        everything = " ".join([words.subject, words.body, *words.inbox.values()]).lower()
        for telling in (
            "medicin",
            "ketamin",
            "psilocyb",
            "consent",
            "partner",
            "pareja",
            "therap",
            "terapia",
            "safety",
        ):
            assert telling not in everything
