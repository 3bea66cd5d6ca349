"""Quick exit, and signing out: the page is blank at once, the server forgets, and going back shows nothing."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.carers import sign_in_as
from tests.browser.person import Person, person
from tests.browser.site import Site
from tests.gateway.door import Door
from tests.gateway.pages.care import Care, care_at

PRIVATE = ("Your sessions", "Quick exit", "How pages look")


@pytest.fixture(scope="module")
def care(site: Site) -> Care:
    return care_at(site.world, Door(site.world, site.world.sides["gateway"].app))


def by_button(page: Page) -> None:
    page.get_by_role("button", name="Quick exit").click()


def by_shift(page: Page) -> None:
    for _ in range(3):
        page.keyboard.press("Shift")


def is_signed_out(care: Care, cookie: str) -> bool:
    """Within a moment: the browser sends it on its way while it leaves."""
    for _ in range(50):
        if care.door.get("/today", headers={"Cookie": f"__Host-attune={cookie}"}).status_code == 401:
            return True
        time.sleep(0.1)
    return False


def shows_nothing(one: Person) -> bool:
    """A page from the browser's memory is hidden, and asked for again at once: that one is looked at."""
    one.page.wait_for_load_state("load")
    one.page.wait_for_function("!document.documentElement.hidden")
    content = one.page.content()
    return not any(words in content for words in (*PRIVATE, "Something isn’t right", "Unexpected"))


@pytest.mark.parametrize("leave", [by_button, by_shift])
def test_leaving_blanks_signs_out_and_leaves_nothing_behind(
    browser: Browser, site: Site, care: Care, leave: Callable[[Page], None]
) -> None:
    with person(browser, site) as one:
        cookie = sign_in_as(one, care, care.ana_id)
        one.go("/today")
        one.go("/more")
        one.page.get_by_role("link", name="Sessions").first.click()
        one.page.wait_for_url("**/sessions")
        leave(one.page)
        one.page.wait_for_url("about:blank")
        assert one.page.inner_text("body") == ""
        assert is_signed_out(care, cookie)
        for _ in range(3):
            one.page.go_back()
            assert shows_nothing(one)


def test_the_page_is_blank_before_the_server_answers(browser: Browser, site: Site, care: Care) -> None:
    with person(browser, site) as one:
        sign_in_as(one, care, care.ana_id)
        one.page.route("**/exit", lambda _: None)
        one.go("/sessions")
        by_button(one.page)
        one.page.wait_for_url("about:blank", timeout=3000)
        assert one.page.inner_text("body") == ""


def test_capital_letters_and_slow_presses_do_not_leave(browser: Browser, site: Site, care: Care) -> None:
    with person(browser, site) as one:
        sign_in_as(one, care, care.ana_id)
        one.go("/sessions")
        for letter in "ABC":
            one.page.keyboard.press(f"Shift+{letter}")
        for _ in range(3):
            one.page.keyboard.press("Shift")
            one.page.wait_for_timeout(900)
        assert "Your sessions" in one.text()


def test_without_scripts_the_button_is_a_form(browser: Browser, site: Site, care: Care) -> None:
    with person(browser, site, has_scripts=False) as one:
        cookie = sign_in_as(one, care, care.ana_id)
        one.go("/sessions")
        by_button(one.page)
        one.page.wait_for_url("**/exit")
        assert one.page.inner_text("body").strip() == ""
        assert is_signed_out(care, cookie)
        one.page.go_back()
        assert shows_nothing(one)


def test_after_signing_out_going_back_shows_nothing(browser: Browser, site: Site, care: Care) -> None:
    with person(browser, site) as one:
        cookie = sign_in_as(one, care, care.ana_id)
        one.go("/sessions")
        one.go("/more")
        one.page.get_by_role("button", name="Sign out").click()
        one.page.wait_for_url(site.url + "/")
        assert is_signed_out(care, cookie)
        for _ in range(2):
            one.page.go_back()
            assert shows_nothing(one)


def test_a_page_that_was_kept_in_memory_is_hidden_and_asked_for_again(
    browser: Browser, site: Site, care: Care
) -> None:
    """As a browser's back-forward cache does it: the page is put away, somebody leaves, the page is put back."""
    with person(browser, site) as one:
        sign_in_as(one, care, care.ana_id)
        one.go("/sessions")
        one.page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', {persisted: true}))")
        assert not one.page.is_visible("h1")
        one.context.clear_cookies()
        one.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
        one.page.wait_for_selector("h1:has-text('Sign in')")
        assert shows_nothing(one)
