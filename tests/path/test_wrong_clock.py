"""A clock can be made wrong, for tests of the whole stack: of one process, by its name, and of no other."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared import clock

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "clocks"
    monkeypatch.setenv("ATTUNE_CLOCK_FAULTS", str(path))
    monkeypatch.setattr(clock, "_off_by", timedelta())
    return path


def off_by() -> timedelta:
    """Rounded: a moment passes between two looks."""
    return timedelta(seconds=round((clock.utcnow() - datetime.now(UTC)).total_seconds()))


def test_a_process_that_is_named_is_off_by_as_much_and_right_again_when_it_is_not(faults: Path) -> None:
    faults.write_text("sessions-worker 3600\nnotify-worker -3600\n")
    clock.be_off("sessions-worker")
    assert off_by() == timedelta(hours=1)
    clock.be_off("notify-worker")
    assert off_by() == -timedelta(hours=1)
    clock.be_off("sessions-web")
    assert off_by() == timedelta()


def test_without_the_file_or_the_variable_no_clock_is_off(
    faults: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.be_off("sessions-worker")
    faults.write_text("sessions-worker 3600\n")
    monkeypatch.delenv("ATTUNE_CLOCK_FAULTS")
    clock.be_off("sessions-worker")
    assert off_by() == timedelta()


def test_what_is_known_until_now_is_recent_and_what_is_known_until_later_is_not() -> None:
    within = timedelta(seconds=30)
    assert clock.is_recent(NOW - within, now=NOW, within=within)
    assert not clock.is_recent(NOW - timedelta(seconds=31), now=NOW, within=within)
    assert clock.is_recent(NOW + clock.CLOCKS_AGREE, now=NOW, within=within)
    assert not clock.is_recent(NOW + timedelta(hours=1), now=NOW, within=within)
    assert not clock.is_recent(None, now=NOW, within=within)
