"""Which backups of a folder stay: the newest of each of the last days, weeks and months in which one was made."""

import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from deploy.local.backup import manifest
from deploy.local.backup.place import STAMP
from deploy.local.errors import UserError

_SPAN = re.compile(r"(\d{1,3})([dwm])")
_GOING = ".going"


@dataclass(frozen=True, kw_only=True)
class Keep:
    """How many days, ISO weeks and months (all in UTC) keep their newest backup. A day without one does not count."""

    days: int = 0
    weeks: int = 0
    months: int = 0


def keep_of(text: str) -> Keep:
    """`7d,4w,12m` in any order, each once. Raises ValueError."""
    said: dict[str, int] = {}
    for part in text.split(","):
        found = _SPAN.fullmatch(part.strip())
        if found is None or found[2] in said:
            raise ValueError(text)
        said[found[2]] = int(found[1])
    if not any(said.values()):
        raise ValueError(text)  # it would keep none but the one just made
    return Keep(days=said.get("d", 0), weeks=said.get("w", 0), months=said.get("m", 0))


def kept(moments: Iterable[datetime], keep: Keep) -> set[datetime]:
    """Those that stay; the newest does in any case."""
    newest_first = sorted(moments, reverse=True)
    stay = set(newest_first[:1])
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


def prune(folder: Path, keep: Keep) -> tuple[list[Path], list[Path]]:
    """Remove backups of `--dated` that need not stay; returns those that stay and those that are gone, oldest first.

    Only a folder that is named so and holds a backup is touched. Each is renamed first: what a removal left half done
    is no backup for anybody, and goes with the next one. Raises UserError where one can't be removed.
    """
    found = {}
    for path in folder.iterdir():
        try:
            found[datetime.strptime(path.name, STAMP).replace(tzinfo=UTC)] = path
            manifest.read(path)
        except ValueError:
            continue
        except UserError:
            found.popitem()  # damaged, of a newer version, or nothing of ours: for a person to look at
    stay = kept(found, keep)
    gone = [path for at, path in sorted(found.items()) if at not in stay]
    try:
        for path in gone:
            path.rename(path.with_name(f"{path.name}{_GOING}"))
        for path in folder.glob(f"*Z{_GOING}"):
            shutil.rmtree(path)
    except OSError as error:
        raise UserError(f"an older backup can't be removed: {error.strerror}: {error.filename}") from error
    return [found[at] for at in sorted(stay)], gone
