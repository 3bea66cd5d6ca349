"""Every named fail point is reached somewhere, and whatever is reached has a name."""

import re
from pathlib import Path

from shared.path.failpoints import POINTS

ROOT = Path(__file__).resolve().parents[2]
REACHED = re.compile(r"""^ +reach\("([a-z._]+)"\)$""", re.MULTILINE)


def test_fail_points_are_named_and_reached() -> None:
    reached = [
        point
        for folder in ("services", "shared", "deploy")
        for path in (ROOT / folder).rglob("*.py")
        for point in REACHED.findall(path.read_text())
    ]
    assert sorted(reached) == sorted(POINTS)
