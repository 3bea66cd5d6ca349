"""What the drivers asked of the platform, and what it answered: the promises that the checker holds it to."""

import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from deploy.local.journey.client import Answer, Client

_FAILED = frozenset({500, 502, 503, 504})


@dataclass
class Command:
    """A POST with its Idempotency-Key, over all its attempts. Times are real, in seconds since 1970."""

    path: str
    sent_at: float  # of the newest attempt
    status: int | None = None  # None: nobody answered yet
    answered_at: float = 0.0
    answers: list[Any] = field(default_factory=list)  # every body that accepted it

    @property
    def is_accepted(self) -> bool:
        return self.status in (200, 201)

    @property
    def is_open(self) -> bool:
        """Whether nobody knows if it took effect: it was never answered, or only with a failure."""
        return self.status is None or self.status in _FAILED


class Journal:
    """Every command of every driver. Their threads write it together."""

    def __init__(self) -> None:
        self.commands: dict[str, Command] = {}
        self.failures: Counter[str] = Counter()
        """Attempts that failed, by what came: a status, or `no answer`."""
        self._lock = threading.Lock()

    def ask(self, path: str, key: str | None) -> None:
        if key is not None:
            with self._lock:
                self.commands.setdefault(key, Command(path, 0.0)).sent_at = time.time()

    def hear(self, key: str | None, status: int | None, body: Any = None) -> None:
        """An attempt is over: with this answer, or without one (None)."""
        with self._lock:
            if status is None or status in _FAILED or status == 429:
                self.failures["no answer" if status is None else str(status)] += 1
            if key is None or status is None:
                return
            command = self.commands[key]
            command.status, command.answered_at = status, time.time()
            if command.is_accepted:
                command.answers.append(body)

    def accepted(self) -> list[Command]:
        with self._lock:
            return [one for one in self.commands.values() if one.is_accepted]

    def practices(self) -> list[UUID]:
        """The practices that the drivers made."""
        return [
            UUID(answer["practice_id"])
            for one in self.accepted()
            if one.path == "/practices"
            for answer in one.answers
        ]


class Recording(Client):
    """A journey's client that writes down what it asks and hears."""

    def __init__(self, url: str, *, journal: Journal, **rest: Any) -> None:
        super().__init__(url, **rest)
        self._journal = journal

    def _attempt(self, method: str, path: str, *, headers: dict[str, str], **rest: Any) -> Answer | str:
        key = headers.get("Idempotency-Key")
        self._journal.ask(path, key)
        answer = super()._attempt(method, path, headers=headers, **rest)
        if isinstance(answer, str):
            self._journal.hear(key, None)
        else:
            self._journal.hear(key, answer.status, _body(answer) if key else None)
        return answer


def _body(answer: Answer) -> Mapping[str, Any]:
    document = answer.json if answer.body else {}
    return document if isinstance(document, dict) else {}
