"""The frame of every page, in a real browser."""

from typing import Literal

import pytest
from playwright.sync_api import Browser

from tests.browser.axe import faults
from tests.browser.person import DESKTOP, PHONE, person
from tests.browser.site import Site

BOTH_SIZES = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])


@BOTH_SIZES
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en-US", "es-MX"])
def test_the_style_page_has_no_barrier(
    browser: Browser, site: Site, size: tuple[int, int], scheme: Literal["light", "dark"], locale: str
) -> None:
    with person(browser, site, size=size, scheme=scheme, locale=locale) as one:
        page = one.go("/style")
        assert page.get_attribute("html", "lang") == locale[:2]
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
