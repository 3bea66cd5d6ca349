"""Drivers on threads of their own: each lives one story to its end, or says where it went off."""

import sys
import threading
import time
from collections.abc import Callable
from functools import partial

from deploy.local.journey.accounts import MakeClient
from deploy.local.journey.faults import Off
from deploy.local.journey.play import play
from deploy.local.journey.story import Story
from tests.chaos.commands import Journal, Recording


class Told:
    """Progress of one of many drivers: a line on standard error for each step, and the step under way."""

    def __init__(self, name: str) -> None:
        self.name, self.at = name, "its beginning"

    def step(self, number: int, name: str) -> None:
        self.at = f"{number}. {name}"
        tell(f"{self.name}: {self.at}")

    def effect(self, what: str) -> None: ...

    def done(self) -> None: ...


def tell(what: str) -> None:
    """One line with the time of day."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S', time.gmtime())} {what}\n")
    sys.stderr.flush()


class Life:
    """One story on a thread. `off`: what was wrong, or None so far."""

    def __init__(self, progress: Told, live: Callable[[], object]) -> None:
        self.name, self._live, self._progress = progress.name, live, progress
        self.off: str | None = None
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._thread.start()

    def finished(self, patience_s: float) -> bool:
        """Whether it came to its end, waiting this long for it."""
        self._thread.join(patience_s)
        if self._thread.is_alive():
            self.off = f"still at {self._progress.at}"
        return self.off is None

    def _run(self) -> None:
        try:
            self._live()
        except Off as off:
            self.off = str(off)
        except Exception as error:
            self.off = f"{type(error).__name__} at {self._progress.at}: {error}"


def connecting(journal: Journal, patience_s: float) -> MakeClient:
    """Clients that are patient and written down."""
    return partial(Recording, journal=journal, patience_s=patience_s)


def journey(name: str, url: str, operator_key: str, connect: MakeClient, patience_s: float) -> Life:
    """`attune journey`, as one driver of many."""
    progress = Told(name)
    story = Story(progress, patience_s=patience_s)
    return Life(progress, lambda: play(story, url, operator_key, connect))
