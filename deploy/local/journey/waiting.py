"""Waiting until something that other processes bring about can be seen, never longer than it may take."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from deploy.local.journey.client import Answer, Client, new_key
from deploy.local.journey.faults import Off, shown

PATIENCE_S = 60.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.02, 0.4

T = TypeVar("T")


def until(
    what: str,
    look: Callable[[], T],
    holds: Callable[[T], object],
    *,
    patience_s: float = PATIENCE_S,
) -> T:
    """What `look` shows once `holds` is true of it. Raises Off, naming `what` and the last thing seen."""
    deadline, pause = time.monotonic() + patience_s, _FIRST_PAUSE_S
    while True:
        seen = look()
        if holds(seen):
            return seen
        if time.monotonic() > deadline:
            raise Off(f"{what} within {patience_s:g} s", shown(seen))
        time.sleep(pause)
        pause = min(1.5 * pause, _LONGEST_PAUSE_S)


def make_when_known(
    client: Client,
    path: str,
    body: object = None,
    *,
    but: frozenset[str] = frozenset(),
    patience_s: float = PATIENCE_S,
) -> Any:
    """POST until it is taken: what one service made may not be known to the next yet (404), or `but` codes.

    One key for every attempt, so that it is made once. Returns the JSON of what was made.
    """
    key = new_key()

    def is_final(answer: Answer) -> bool:
        return answer.status != 404 and answer.code not in but

    answer = until(
        f"POST {path} to be taken", lambda: client.post(path, body, key=key), is_final, patience_s=patience_s
    )
    return answer.must_be(201).json
