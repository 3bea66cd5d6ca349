"""What every test may ask for. Each fixture lives beside the thing it starts; this file stays a list."""

import pytest

from shared.path.worker import collect_seldom
from tests.loglines import be_quiet

pytest_plugins = [
    "tests.kafka.fixtures",
    "tests.postgres.fixtures",
    "tests.privacy.fixtures",
    "tests.world.fixtures",
]
_LONGEST = ("chaos", "journey", "soak", "path", "local", "eventlog")
"""Folders whose tests take longest: begun first, so that no process is left with them at the end."""

be_quiet()
collect_seldom()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {f"tests/{name}/": place for place, name in enumerate(_LONGEST)}

    def place(item: pytest.Item) -> int:
        return next((n for folder, n in places.items() if item.nodeid.startswith(folder)), len(places))

    items.sort(key=place)
