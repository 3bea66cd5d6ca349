"""Tests that have spans recorded, and never leave a recorder behind."""

from collections.abc import Iterator

import pytest

from shared.settings import Traces
from shared.telemetry import exporting
from tests.traces.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Every span of this process goes there, as if it were one service's."""
    with receiving() as made:
        exporting.start(Traces(made.url, 1.0), service="intake", process="web")
        yield made
        exporting.stop()
