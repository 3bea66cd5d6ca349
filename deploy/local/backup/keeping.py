"""Which backups of a folder stay: all of two days, and the newest of each of the last days, weeks and months."""

import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.local.backup import manifest
from deploy.local.backup.place import STAMP
from deploy.local.errors import UserError

RECENT = timedelta(hours=48)
"""Before the newest, all stay: what was saved this morning in fear of this afternoon is needed beside the night's."""
_SPANS = {"d": "days", "w": "weeks", "m": "months"}
_MOST = 999
_GOING, _NEW = ".going", ".new"


@dataclass(frozen=True, kw_only=True)
class Keep:
    """How many days, ISO weeks and months (all in UTC) keep their newest backup. One without any does not count."""

    days: int = 0
    weeks: int = 0
    months: int = 0


def keep_of(text: str) -> Keep:
    """`7d,4w,12m` in any order, each at most once. Raises ValueError."""
    said: dict[str, int] = {}
    for part in text.split(","):
        number, span = part.strip()[:-1], _SPANS.get(part.strip()[-1:])
        if (
            span is None
            or span in said
            or not (number.isascii() and number.isdigit() and int(number) <= _MOST)
        ):
            raise ValueError(text)
        said[span] = int(number)
    if not any(said.values()):
        raise ValueError(text)
    return Keep(**said)


def kept(moments: Iterable[datetime], keep: Keep) -> set[datetime]:
    """Those that stay; the newest does in any case."""
    newest_first = sorted(moments, reverse=True)
    stay = {at for at in newest_first if at > newest_first[0] - RECENT}
    spans: tuple[tuple[int, Callable[[datetime], object]], ...] = (
        (keep.days, datetime.date),
        (keep.weeks, lambda at: at.isocalendar()[:2]),
        (keep.months, lambda at: (at.year, at.month)),
    )
    for count, span_of in spans:
        newest: dict[object, datetime] = {}
        for at in newest_first:
            newest.setdefault(span_of(at), at)
        stay |= set(list(newest.values())[:count])
    return stay


def prune(folder: Path, keep: Keep, just_made: Path) -> tuple[list[Path], list[Path]]:
    """Remove backups of `--dated` that need not stay; returns those that stay and those that are gone, oldest first.

    Only a folder that is named so and says that it is a backup is touched, and none that is named later than
    `just_made`: a clock ran ahead. What runs that were killed left half done goes too. Raises UserError where one can't
    be removed.
    """
    now = moment_of(just_made.name)
    if now is None:
        raise ValueError(just_made)
    found = {at: path for path in folder.iterdir() if (at := _backup_at(path)) is not None and at <= now}
    stay = kept(found, keep)
    gone = [path for at, path in sorted(found.items()) if at not in stay]
    try:
        for path in [*gone, *_half_done(folder, now)]:
            _remove(path)
    except OSError as error:
        raise UserError(f"an older backup can't be removed: {error}") from error
    return [found[at] for at in sorted(stay)], gone


def moment_of(name: str) -> datetime | None:
    """The moment that `--dated` names a folder by; None for any other name."""
    with suppress(ValueError):
        at = datetime.strptime(name, STAMP).replace(tzinfo=UTC)
        return at if at.strftime(STAMP) == name else None
    return None


def _backup_at(path: Path) -> datetime | None:
    at = moment_of(path.name)
    if at is None or path.is_symlink():  # a link was made by somebody, who moved the backup
        return None
    try:
        manifest.read(path)
    except UserError:  # damaged, of a newer version, or nothing of ours: for a person to look at
        return None
    return at


def _half_done(folder: Path, now: datetime) -> list[Path]:
    """What a killed removal or, long ago, a killed backup left."""
    found = []
    for path in folder.iterdir():
        going = moment_of(path.name.removesuffix(_GOING)) if path.name.endswith(_GOING) else None
        new = moment_of(path.name[1:].removesuffix(_NEW)) if path.name.endswith(_NEW) else None
        if not path.is_symlink() and (going or (new and new < now - RECENT)):
            found.append(path)
    return found


def _remove(path: Path) -> None:
    """Renamed first: what is half gone is no backup for anybody. Another run may do the same at the same time."""
    with suppress(FileNotFoundError):
        if not path.name.endswith((_GOING, _NEW)):
            path = path.rename(path.with_name(f"{path.name}{_GOING}"))
        shutil.rmtree(path)
