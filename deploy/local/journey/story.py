"""The story as it is played: which step, how many effects were seen, and what is awaited."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from deploy.local.journey import waiting
from deploy.local.journey.client import Client
from deploy.local.journey.faults import Off, shown
from deploy.local.journey.progress import Progress

T = TypeVar("T")
_MAIL_TAKES = 3  # times longer: a sender killed while sending is declared lost after two minutes
_SHAPE_ERRORS = (LookupError, TypeError, ValueError, AttributeError)


class Story:
    """Counts steps and observed effects, and gives each fault the name of its step."""

    def __init__(self, progress: Progress, *, patience_s: float | None = None) -> None:
        self._progress = progress
        self._patience_s = waiting.PATIENCE_S if patience_s is None else patience_s
        self.steps = self.effects = 0

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """One step of the story. Whatever is off inside is raised as Off with the step's name."""
        self.steps += 1
        self._progress.step(self.steps, name)
        try:
            yield
        except Off as off:
            raise off.at(name) from off
        except _SHAPE_ERRORS as error:  # an answer without a field that was agreed on
            raise Off(
                "answers of the agreed shape", shown(f"{type(error).__name__}: {error}"), step=name
            ) from error
        self._progress.done()

    def effect(self, what: str) -> None:
        """Something was seen to have happened, once, at the view of the person it is meant for."""
        self.effects += 1
        self._progress.effect(what)

    def until(
        self, what: str, look: Callable[[], T], holds: Callable[[T], object], *, by_mail: bool = False
    ) -> T:
        """Wait for an effect, longer for one `by_mail`. Raises Off when it does not come."""
        patience_s = self._patience_s * (_MAIL_TAKES if by_mail else 1)
        seen = waiting.until(what, look, holds, patience_s=patience_s)
        self.effect(what)
        return seen

    def make(
        self, client: Client, path: str, body: object = None, *, but: frozenset[str] = frozenset()
    ) -> Any:
        """POST until it is taken: what another service made may not be known there yet (404), or `but` codes.

        One key for every attempt, so it is made once.
        """
        return waiting.make_when_known(client, path, body, but=but, patience_s=self._patience_s)
