"""What a person sees while the journey is played: steps and what was seen, always on standard error."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.markup import escape


class Progress(Protocol):
    """Where steps and effects are told."""

    def step(self, number: int, name: str) -> None: ...

    def effect(self, what: str) -> None: ...

    def done(self) -> None:
        """The step under way succeeded."""
        ...


class PlainProgress:
    """A line per step, for logs."""

    def step(self, number: int, name: str) -> None:
        sys.stderr.write(f"{number:3}. {name}\n")
        sys.stderr.flush()

    def effect(self, what: str) -> None:
        """Logs stay short: steps only."""

    def done(self) -> None:
        """Nothing to add."""


class TerminalProgress:
    """A line per step with its time, and the last thing seen beside a spinner."""

    def __init__(self, console: Console) -> None:
        self._status = console.status("")
        self._console = console
        self._line, self._name, self._began = "", "", 0.0

    def step(self, number: int, name: str) -> None:
        self._line, self._name, self._began = f"{number:3}. {escape(name)}", escape(name), time.monotonic()
        self._status.update(self._name)

    def effect(self, what: str) -> None:
        self._status.update(f"{self._name} [dim]· {escape(what)}[/dim]")

    def done(self) -> None:
        spent = time.monotonic() - self._began
        self._console.print(f"[green]✓[/green] {self._line} [dim]{spent:.1f} s[/dim]")

    def start(self) -> None:
        self._status.start()

    def stop(self) -> None:
        self._status.stop()


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """The progress that fits where standard error goes."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield PlainProgress()
        return
    terminal = TerminalProgress(console)
    terminal.start()
    try:
        yield terminal
    finally:
        terminal.stop()
