"""What a person sees while the platform sets up: a line per step, with the time it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


class Progress:
    """Lines on standard error. Without a thread (no spinner), as processes are forked while it is shown."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)

    @contextmanager
    def step(self, doing: str) -> Iterator[None]:
        """Show `doing` while the block runs, and how long it took."""
        began = time.monotonic()
        if self._console.is_terminal:
            self._console.print(f"[dim]…[/dim] {doing}", end="\r")
            try:
                yield
            except BaseException:
                self._console.print(f"[red]✗[/red] {doing}")
                raise
            self._console.print(f"[green]✓[/green] {doing} [dim]{time.monotonic() - began:.1f} s[/dim]")
        else:
            self._plain(f"{doing} …")
            yield

    def _plain(self, line: str) -> None:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


def say(line: str = "") -> None:
    """A line of the result, on standard output."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
