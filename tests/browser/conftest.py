"""A real Chromium, and the site it opens."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import Chromium
from tests.browser.lived_in import LivedIn, live_in
from tests.browser.site import Site, serve
from tests.world.world import World


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    with sync_playwright() as playwright:
        launched = Chromium(playwright)
        yield launched
        launched.close()


@pytest.fixture
def browser(chromium: Chromium) -> Browser:
    return chromium.browser


@pytest.fixture(scope="session")
def site(world: World) -> Iterator[Site]:
    with serve(world) as served:
        yield served


@pytest.fixture(scope="session")
def lived_in(world: World) -> LivedIn:
    """A practice to look at: tests that change something make one of their own."""
    return live_in(world)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser on a busy machine is slow, and the stories here are long."""
    for item in items:
        if "tests/browser/" in item.nodeid and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(480))
