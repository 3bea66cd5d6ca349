"""The logs of a test run: quiet as the product's, and readable line by line where a test looks for words."""

import io
from collections.abc import Iterator
from contextlib import contextmanager

from shared.telemetry import logs


def be_quiet() -> None:
    """Errors only, as the product writes them: no locals, no words."""
    logs.configure(service="test", process="test", level="error")


@contextmanager
def every_line() -> Iterator[io.StringIO]:
    """What the processes would write at the most talkative level; quiet again afterwards."""
    written = io.StringIO()
    logs.configure(service="test", process="test", level="debug", stream=written)
    try:
        yield written
    finally:
        be_quiet()
