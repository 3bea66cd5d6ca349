"""Sessions' pure rules, without a database: availability over clock changes, spacing, licences, gate, release."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sessions.domain.availability import (
    Span,
    WeeklyRule,
    consultation_starts,
    is_available,
    moment_of,
    spans,
)
from services.sessions.domain.day import are_facts_fresh, frees_at, is_day_of, is_time_to_start
from services.sessions.domain.licences import LicencePeriod, is_licensed
from services.sessions.domain.programmes import is_spaced, is_within_integration_time
from services.sessions.domain.public_state import (
    Appointment,
    Change,
    PublicState,
    in_shown_order,
    public_state,
    release_moment,
)
from services.sessions.queries.consents import consent_text
from shared.events.sessions import Programme, SessionKind

DENVER = ZoneInfo("America/Denver")
FORWARD, BACK = date(2026, 3, 8), date(2026, 11, 1)  # Sundays on which Denver's clocks change at 02:00
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def sunday(start: str, end: str) -> WeeklyRule:
    return WeeklyRule(6, time.fromisoformat(start), time.fromisoformat(end), "America/Denver")


def whole(day: date) -> Span:
    start = datetime(day.year, day.month, day.day, tzinfo=DENVER).astimezone(UTC)
    return Span(start - timedelta(hours=1), start + timedelta(hours=26))


def hours(rules: list[WeeklyRule], day: date) -> float:
    return sum((one.end - one.start).total_seconds() for one in spans(rules, whole(day))) / 3600


@pytest.mark.parametrize(
    ("start", "end", "day", "length"),
    [
        ("01:00", "04:00", FORWARD, 2.0),
        ("02:00", "03:00", FORWARD, 0.0),
        ("02:30", "03:30", FORWARD, 0.5),
        ("01:00", "02:30", FORWARD, 1.0),
        ("01:00", "03:00", BACK, 3.0),
        ("00:00", "01:30", BACK, 1.5),
        ("01:00", "01:30", BACK, 0.5),
        ("01:30", "03:00", BACK, 2.5),
        ("09:00", "17:00", BACK, 8.0),
    ],
)
def test_a_clock_change_neither_loses_nor_doubles_availability(
    start: str, end: str, day: date, length: float
) -> None:
    assert hours([sunday(start, end)], day) == length


@given(
    cut=st.times(min_value=time(0, 1), max_value=time(23, 58)).map(lambda t: t.replace(microsecond=0)),
    day=st.sampled_from([FORWARD, BACK, date(2026, 6, 7)]),
)
def test_two_rules_that_touch_cover_what_one_rule_covers(cut: time, day: date) -> None:
    one = [WeeklyRule(6, time(0), time(23, 59), "America/Denver")]
    two = [
        WeeklyRule(6, time(0), cut, "America/Denver"), WeeklyRule(6, cut, time(23, 59), "America/Denver"),
    ]  # fmt: skip
    assert spans(one, whole(day)) == spans(two, whole(day))


def test_a_local_time_in_a_gap_is_the_moment_of_the_change() -> None:
    assert moment_of(FORWARD, time(2, 30), DENVER) == datetime(2026, 3, 8, 9, tzinfo=UTC)


def test_consultations_on_a_day_with_25_hours_are_all_different_moments() -> None:
    found = list(
        consultation_starts([sunday("01:00", "03:00")], [], now=whole(BACK).start - timedelta(hours=2))
    )
    of_the_day = [at for at in found if at < whole(BACK).end]
    assert len(of_the_day) == len(set(of_the_day)) == 12


def test_a_time_is_available_only_if_all_of_it_is() -> None:
    rules = [sunday("09:00", "12:00"), sunday("12:00", "14:00")]
    start = moment_of(date(2026, 6, 7), time(11), DENVER)
    assert is_available(rules, Span(start, start + timedelta(hours=3)))
    assert not is_available(rules, Span(start, start + timedelta(hours=3, minutes=1)))
    assert not is_available(rules, Span(start + timedelta(days=1), start + timedelta(days=1, hours=1)))


@pytest.mark.parametrize(
    ("programme", "gap", "is_enough"),
    [
        (Programme.KETAMINE_CLINIC, timedelta(hours=72), True),
        (Programme.KETAMINE_CLINIC, timedelta(hours=72) - timedelta(seconds=1), False),
        (Programme.PSILOCYBIN_OREGON, timedelta(days=21), True),
        (Programme.PSILOCYBIN_OREGON, timedelta(days=21) - timedelta(seconds=1), False),
        (Programme.PSILOCYBIN_COLORADO, timedelta(days=21), True),
        (Programme.PSILOCYBIN_COLORADO, timedelta(days=20), False),
    ],
)
def test_spacing_counts_from_an_end_to_the_next_start(
    programme: Programme, gap: timedelta, is_enough: bool
) -> None:
    assert is_spaced(NOON, NOON + gap, programme) is is_enough
    assert is_spaced(None, NOON, programme)


def test_integration_starts_within_72_hours_of_the_end() -> None:
    assert is_within_integration_time(NOON + timedelta(hours=72), NOON)
    assert not is_within_integration_time(NOON + timedelta(hours=72, seconds=1), NOON)
    assert not is_within_integration_time(NOON - timedelta(seconds=1), NOON)


def test_a_licence_is_valid_through_its_last_day_in_the_places_zone() -> None:
    licence = [LicencePeriod(date(2026, 1, 1), date(2026, 5, 1))]
    evening = datetime(2026, 5, 1, 22, tzinfo=DENVER).astimezone(UTC)  # already 2 May in UTC

    def licensed(start: datetime, length_h: int, kind: SessionKind = SessionKind.MEDICINE) -> bool:
        end = start + timedelta(hours=length_h)
        return is_licensed(licence, kind, starts_at=start, ends_at=end, zone="America/Denver")

    assert licensed(evening, 2)
    assert not licensed(evening, 3)
    assert not licensed(evening + timedelta(hours=2), 1)
    assert not licensed(datetime(2025, 12, 31, 12, tzinfo=DENVER), 1, SessionKind.PREPARATION)


def test_without_any_licence_only_talk_that_needs_none_is_bookable() -> None:
    when = {"starts_at": NOON, "ends_at": NOON + timedelta(hours=1), "zone": "UTC"}
    assert not is_licensed([], SessionKind.MEDICINE, **when)  # type: ignore[arg-type]
    assert not is_licensed([], SessionKind.INTEGRATION, **when)  # type: ignore[arg-type]
    assert is_licensed([], SessionKind.PREPARATION, **when)  # type: ignore[arg-type]


@pytest.mark.C2
def test_a_change_is_released_at_the_next_quarter_hour_or_at_once_within_a_day() -> None:
    now = datetime(2026, 5, 1, 12, 3, tzinfo=UTC)
    assert release_moment(now, starts_at=now + timedelta(hours=24, seconds=1)) == now.replace(minute=15)
    assert release_moment(now, starts_at=now + timedelta(hours=24)) == now
    assert release_moment(now, starts_at=now - timedelta(hours=1)) == now


APPOINTMENT = Appointment(
    session_id=uuid4(),
    kind=SessionKind.MEDICINE,
    starts_at=NOON,
    ends_at=NOON + timedelta(hours=3),
    zone="UTC",
)


@pytest.mark.C2
def test_a_newer_decision_that_was_released_is_not_undone_by_an_older_one_released_later() -> None:
    changes = [
        Change(1, PublicState.CONFIRMED, NOON + timedelta(minutes=10)),
        Change(2, PublicState.NOT_GOING_AHEAD, NOON + timedelta(minutes=5)),
    ]
    seen = [
        public_state(APPOINTMENT, changes, now=NOON + timedelta(minutes=minute)).state
        for minute in (0, 5, 10, 60)
    ]
    assert seen == [PublicState.NOT_SCHEDULED_YET] + [PublicState.NOT_GOING_AHEAD] * 3


@pytest.mark.P1
@pytest.mark.parametrize("state", list(PublicState))
def test_times_show_only_where_the_public_state_has_them(state: PublicState) -> None:
    view = public_state(APPOINTMENT, [Change(1, state, NOON)], now=NOON)
    has_times = state not in (PublicState.NOT_SCHEDULED_YET, PublicState.NOT_GOING_AHEAD)
    assert (view.starts_at is not None) is has_times
    assert (view.ends_at is not None) is has_times


@pytest.mark.P1
@given(st.lists(st.integers(0, 1000), unique=True), st.lists(st.integers(0, 1000), unique=True))
def test_hidden_times_leave_no_trace_in_the_order(one_way: list[int], other_way: list[int]) -> None:
    ids = [UUID(int=number) for number in range(min(len(one_way), len(other_way)))]

    def order(offsets: list[int]) -> list[UUID]:
        moved = [
            replace(APPOINTMENT, session_id=one, starts_at=NOON + timedelta(hours=offset))
            for one, offset in zip(ids, offsets, strict=False)
        ]
        moved.sort(key=lambda one: one.starts_at)  # as a database might give them
        return [view.session_id for view in in_shown_order(public_state(one, (), now=NOON) for one in moved)]

    assert order(one_way) == order(other_way)


def test_a_session_starts_between_half_an_hour_before_and_its_end() -> None:
    times = {"starts_at": NOON, "ends_at": NOON + timedelta(hours=3)}
    assert is_time_to_start(NOON - timedelta(minutes=30), **times)
    assert not is_time_to_start(NOON - timedelta(minutes=30, seconds=1), **times)
    assert is_time_to_start(NOON + timedelta(hours=3), **times)
    assert not is_time_to_start(NOON + timedelta(hours=3, seconds=1), **times)


@pytest.mark.C1
def test_facts_are_fresh_for_sixty_seconds() -> None:
    assert are_facts_fresh(NOON - timedelta(seconds=60), real_now=NOON)
    assert not are_facts_fresh(NOON - timedelta(seconds=61), real_now=NOON)
    assert not are_facts_fresh(None, real_now=NOON)


@pytest.mark.C1
def test_facts_that_are_known_until_the_future_are_not_fresh_for_a_clock_is_wrong() -> None:
    assert are_facts_fresh(NOON + timedelta(seconds=5), real_now=NOON)
    assert not are_facts_fresh(NOON + timedelta(seconds=6), real_now=NOON)
    assert not are_facts_fresh(NOON + timedelta(hours=1), real_now=NOON)


def test_a_held_slot_is_kept_for_a_day_but_not_beyond_the_start() -> None:
    assert frees_at(NOON, starts_at=NOON + timedelta(days=3)) == NOON + timedelta(hours=24)
    assert frees_at(NOON, starts_at=NOON + timedelta(hours=1)) == NOON + timedelta(hours=1)


def test_the_day_of_a_session_is_a_day_of_the_places_calendar() -> None:
    starts_at = datetime(2026, 5, 2, 10, tzinfo=DENVER)
    assert is_day_of(starts_at, now=datetime(2026, 5, 2, 0, 1, tzinfo=DENVER), zone="America/Denver")
    assert not is_day_of(starts_at, now=datetime(2026, 5, 2, 1, tzinfo=UTC), zone="America/Denver")


@pytest.mark.parametrize("programme", Programme)
def test_every_programme_has_a_text_for_those_who_take_and_those_who_attend(programme: Programme) -> None:
    written = consent_text(programme)
    assert written["programme"] == programme
    assert written["version"]
    assert set(written["text"]) == {"taking", "attending"}
    assert all(written["text"].values())
