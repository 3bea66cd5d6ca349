"""Drivers on threads of their own: each lives one story to its end, or says where it went off."""

import threading
from collections.abc import Callable
from functools import partial

from deploy.local.journey.accounts import Connect
from deploy.local.journey.faults import Off
from deploy.local.journey.play import play
from deploy.local.journey.story import Story
from tests.chaos.commands import Journal, Recording


class Quiet:
    """Progress that is told to nobody, but kept: the step under way."""

    def __init__(self) -> None:
        self.at = ""

    def step(self, number: int, name: str) -> None:
        self.at = f"{number}. {name}"

    def effect(self, what: str) -> None: ...

    def done(self) -> None: ...


class Life:
    """One story on a thread. `off`: what was wrong, or None so far."""

    def __init__(self, name: str, live: Callable[[], object], progress: Quiet) -> None:
        self.name, self._live, self._progress = name, live, progress
        self.off: str | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
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


def connecting(journal: Journal, patience_s: float) -> Connect:
    """Clients that are patient and written down."""
    return partial(Recording, journal=journal, patience_s=patience_s)


def journey(name: str, url: str, operator_key: str, connect: Connect, patience_s: float) -> Life:
    """`attune journey`, as one driver of many."""
    progress = Quiet()
    story = Story(progress, patience_s=patience_s)
    return Life(name, lambda: play(story, url, operator_key, connect), progress)
