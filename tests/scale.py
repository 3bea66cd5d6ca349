"""How long tests of many cases go on: `make soak SCALE=1` sets ATTUNE_SOAK_SCALE, `make test` leaves it out."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

SCALE = float(os.environ.get("ATTUNE_SOAK_SCALE", "0"))
"""0: as short as `make test` asks for, the same cases each time. Above: longer, and other cases each time."""


@dataclass
class Count:
    """How many cases were tried, and how many of them went wrong."""

    tried: int = 0
    violations: int = 0


@contextmanager
def told(name: str, *, within: Count | None = None) -> Iterator[Count]:
    """In a soak, one JSON line of what was tried; it also counts `within` a whole that has a line of its own.

    A case that raises is a violation.
    """
    count = Count()
    try:
        yield count
    except BaseException:
        count.violations = max(1, count.violations)
        raise
    finally:
        if within is not None:
            within.tried += count.tried
            within.violations += count.violations
        if SCALE:
            line = {"name": name, "tried": count.tried, "violations": count.violations}
            sys.stdout.write(f"\n{json.dumps(line)}\n")  # pytest may have put its dots before it
            sys.stdout.flush()


def so_far(line: str) -> None:
    """In a soak, said at once where pytest is told not to keep it (`-s`): a run of hours need not end first."""
    if SCALE:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
