"""Small rules of what is told, as tables: names of types, periods, and one finding per cause."""

from datetime import UTC, datetime, timedelta

import pytest

from deploy.local.events.output import Output
from deploy.local.events.records import wrapped
from shared.events.sessions import SessionBooked
from shared.path.operating.standing import Aside, Sending
from shared.path.operating.tags import Tags
from shared.path.operating.type_names import names_type, short_type
from shared.path.operating.verdict import Own, Problem, Reading, judge
from shared.path.operating.words import age

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "is_meant"),
    [
        ("attune.sessions.session_booked.v1", True),
        ("sessions.session_booked.v1", True),
        ("sessions.*", True),
        ("attune.sessions.*", True),
        ("session_booked", True),
        ("session_booked.v1", True),
        ("SessionBooked", True),
        ("sessionbooked", True),
        ("Session*", True),
        ("*", True),
        ("session_booked.v2", False),
        ("booked", False),
        ("intake.*", False),
    ],
)
def test_a_type_goes_by_several_names(given: str, is_meant: bool) -> None:
    assert names_type(given, SessionBooked.TYPE) is is_meant


@pytest.mark.parametrize(
    ("event_type", "short"),
    [
        (SessionBooked.TYPE, "SessionBooked"),
        ("attune.sessions.session_moved.v3", "attune.sessions.session_moved.v3"),
        ("Jane \x1b[2J", "(odd name)"),
        (None, "(unreadable)"),
    ],
)
def test_a_type_is_shown_short_and_never_harms_a_terminal(event_type: str | None, short: str) -> None:
    assert short_type(event_type) == short


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "119 min"),
        (7500, "2 h 5 min"),
        (180_000, "2 d 2 h"),
    ],
)
def test_ages_are_no_more_precise_than_helps(seconds: float, words: str) -> None:
    assert age(seconds) == words


def test_tags_of_two_platforms_have_nothing_in_common() -> None:
    one, other = Tags(b"1" * 32), Tags(b"2" * 32)
    assert one.of_id("x") == one.of_key(b"x") == Tags(b"1" * 32).of_id("x")
    assert one.of_id("x") != other.of_id("x")
    assert one.of_id("x") != one.of_id("y")


def test_long_lines_break_between_words() -> None:
    assert wrapped(["aa", "bb", "cc" * 9], width=6) == ["aa bb", "cc" * 9]


def test_a_table_fits_its_content(capsys: pytest.CaptureFixture[str]) -> None:
    Output(is_json=False).table(("NAME", "N"), [("a", 1), ("bcdefg", 200)])
    assert capsys.readouterr().out == "NAME      N\na         1\nbcdefg  200\n"


def reading(service: str, owner: str, *, records: int = 0, age_s: float | None = 5.0) -> Reading:
    tick = None if age_s is None else NOW - timedelta(seconds=age_s)
    return Reading(service, owner, records, records // 2, age_s, tick)


def own(service: str, *, unsent_for_s: float | None = None, waiting: int = 0) -> Own:
    def ago(seconds: float | None) -> datetime | None:
        return None if seconds is None else NOW - timedelta(seconds=seconds)

    sending = Sending(1 if unsent_for_s else 0, 0, ago(unsent_for_s))
    return Own(service, sending, Aside(waiting, min(1, waiting), ago(90.0 if waiting else None), 0), NOW)


@pytest.mark.parametrize(
    ("readings", "owns", "found"),
    [
        ([reading("a", "b")], [own("a")], []),
        ([reading("a", "b", records=500)], [own("a")], []),  # within 60 s that is work, not trouble
        ([reading("a", "b", age_s=61)], [], [(Problem.OWNER_SILENT, "b")]),
        ([reading("a", "b", age_s=61), reading("c", "b", age_s=70)], [], [(Problem.OWNER_SILENT, "b")]),
        ([reading("a", "b", records=9, age_s=61), reading("a", "c")], [], [(Problem.BEHIND, "a")]),
        (
            [reading("a", "b", records=9, age_s=61), reading("a", "c", records=9, age_s=61)],
            [],
            [(Problem.STALLED, "a")],
        ),
        ([reading("a", "b", records=9, age_s=None)], [], [(Problem.NOTHING_KNOWN, "a")]),
        ([reading("a", "b", age_s=90)], [own("b", unsent_for_s=90)], [(Problem.NOT_SENDING, "b")]),
        ([reading("a", "b")], [own("b", unsent_for_s=59)], []),
        (  # a worker that is down neither applies nor sends: one cause, one finding
            [reading("a", "b", records=9, age_s=90), reading("b", "a", age_s=90)],
            [own("a", unsent_for_s=90), own("b")],
            [(Problem.STALLED, "a")],
        ),
        ([reading("a", "b")], [own("a", waiting=3)], [(Problem.PUT_ASIDE, "a")]),
    ],
)
def test_each_cause_is_found_once(
    readings: list[Reading], owns: list[Own], found: list[tuple[Problem, str]]
) -> None:
    assert [(one.problem, one.service) for one in judge(readings, owns, log_failure=None)] == found


def test_a_log_that_is_down_comes_first() -> None:
    found = judge([], [own("a", waiting=1)], log_failure="the log is down")
    assert [one.problem for one in found] == [Problem.LOG_DOWN, Problem.PUT_ASIDE]
