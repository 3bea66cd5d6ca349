"""Older backups go as somebody said, and nothing else does."""

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.backup.keeping import Keep, keep_of, kept, prune
from deploy.local.backup.manifest import Manifest
from deploy.local.backup.place import in_time
from deploy.local.errors import UserError
from tests.events_cli.clinic import attune

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)  # a Friday
DAYS_BACK = [NOON - timedelta(days=days) for days in range(400)]


def a_backup(folder: Path, at: datetime) -> Path:
    made = in_time(folder, at)
    made.mkdir()
    Manifest(point="", program="0", postgres=18, revisions={}, log={}, keys={}).write(made)
    return made


def test_the_newest_of_each_day_week_and_month_stays() -> None:
    stay = kept(DAYS_BACK, Keep(days=3, weeks=3, months=3))
    assert sorted(NOON.date() - at.date() for at in stay) == [
        timedelta(days=days)
        for days in (0, 1, 2, 5, 12, 27, 58)  # three days; Sundays before; the ends of October and September
    ]


def test_of_one_day_the_newest_stays_and_a_day_without_any_does_not_count() -> None:
    moments = [NOON, NOON - timedelta(days=9), NOON - timedelta(days=9, hours=2)]
    assert kept(moments, Keep(days=2)) == {*moments[:2]}


def test_of_the_last_two_days_all_stay() -> None:
    """One made by hand after something went wrong does not take the place of the night's."""
    moments = [NOON - timedelta(hours=hours) for hours in range(60)]
    assert kept(moments, Keep(days=1)) == {*moments[:48]}


@given(
    st.lists(st.sampled_from(DAYS_BACK), min_size=1), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)
)
def test_the_newest_always_stays_and_no_more_than_was_said(
    moments: list[datetime], days: int, weeks: int, months: int
) -> None:
    stay = kept(moments, Keep(days=days, weeks=weeks, months=months))
    assert max(moments) in stay <= set(moments)
    assert len(stay) <= 2 + days + weeks + months
    assert kept(stay, Keep(days=days, weeks=weeks, months=months)) == stay, (
        "the next night takes no more of them"
    )


@pytest.mark.parametrize("text", ["", "7", "7d,7d", "d", "7y", "0d", "-1d", "7d;4w", "1000d"])
def test_what_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        keep_of(text)


def test_what_is_said_is_understood() -> None:
    assert keep_of("4w, 7d") == Keep(days=7, weeks=4)


def test_nothing_but_older_backups_is_removed(tmp_path: Path) -> None:
    newest, older = a_backup(tmp_path, NOON), a_backup(tmp_path, NOON - timedelta(days=3))
    names = ("ledgers", "2026-11-20", "2026-11-2T030000Z", ".2026-11-27T030000Z.new", "report.going")
    others = [in_time(tmp_path, NOON - timedelta(days=4)), *(tmp_path / name for name in names)]
    left = [tmp_path / "2026-11-01T030000Z.going", tmp_path / ".2026-11-01T030000Z.new"]
    for one in (*others, *left):
        one.mkdir()
    damaged = a_backup(tmp_path, NOON - timedelta(days=5))
    (damaged / "manifest.json").write_text("{}\n")
    by_hand = a_backup(tmp_path, NOON - timedelta(days=6)).rename(tmp_path / "before-the-move")
    link = in_time(tmp_path, NOON - timedelta(days=7))
    link.symlink_to(by_hand)
    assert prune(tmp_path, Keep(days=1), newest) == ([newest], [older])
    assert {*tmp_path.iterdir()} == {newest, damaged, by_hand, link, *others}
    assert (by_hand / "manifest.json").exists()


def test_what_a_clock_that_ran_ahead_named_counts_for_nothing(tmp_path: Path) -> None:
    ahead = [a_backup(tmp_path, NOON + timedelta(days=days)) for days in range(1, 9)]
    older, newest = a_backup(tmp_path, NOON - timedelta(days=3)), a_backup(tmp_path, NOON)
    assert prune(tmp_path, Keep(days=1), newest) == ([newest], [older])
    assert {*tmp_path.iterdir()} == {newest, *ahead}


def test_another_run_may_remove_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newest, older = a_backup(tmp_path, NOON), a_backup(tmp_path, NOON - timedelta(days=3))
    removing = shutil.rmtree

    def removed_already(path: Path) -> None:
        removing(path)
        removing(path)

    monkeypatch.setattr(shutil, "rmtree", removed_already)
    assert prune(tmp_path, Keep(days=1), newest) == ([newest], [older])


def test_one_that_cannot_be_removed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newest, older = a_backup(tmp_path, NOON), a_backup(tmp_path, NOON - timedelta(days=3))

    def refuse(path: Path, _: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(UserError, match=rf"can't be removed: \[Errno 13\] Permission denied: .*{older.name}"):
        prune(tmp_path, Keep(days=1), newest)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--keep", "7d"], "for backups of --dated"),
        (["--dated", "--keep", "lots"], "such as 7d,4w,12m"),
        (["--dated", "--keep", ""], "such as 7d,4w,12m"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_saved(
    arguments: list[str], said: str, tmp_path: Path
) -> None:
    done = attune("backup", str(tmp_path / "new"), *arguments)
    assert (done.code, said in done.err) == (2, True)
