"""The browser of these tests: one that hangs costs a minute, not the tests after it."""

import pytest

from tests.browser.chromium import Chromium, browsers, closing


def test_a_browser_that_hangs_is_ended_and_another_one_goes_on(chromium: Chromium) -> None:
    first = chromium.browser
    context = first.new_context()
    page = context.new_page()
    with closing(context, patience_s=1.0):
        page.set_content("<p>here</p>")
        for one in browsers():
            one.suspend()
    assert not first.is_connected()
    assert chromium.browser.new_page().title() == ""


def test_what_went_wrong_before_it_is_told(chromium: Chromium) -> None:
    with pytest.raises(AssertionError, match="of the test"), closing(chromium.browser.new_context()):
        raise AssertionError("of the test")
