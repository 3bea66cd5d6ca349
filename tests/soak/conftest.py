"""The soak's events are defined for its own tests only."""

from collections.abc import Iterator

import pytest

from tests.soak.facts import forget


@pytest.fixture(scope="module", autouse=True)
def soak_events() -> Iterator[None]:
    yield
    forget()
