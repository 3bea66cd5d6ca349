"""An operator's path, and an admin's keys, by clicking in a real browser."""

import pytest
from playwright.sync_api import Browser, expect

from services.gateway.operators import COOKIE
from tests.browser.axe import faults
from tests.browser.person import DESKTOP, PHONE, person
from tests.browser.site import Site
from tests.gateway.door import Door
from tests.gateway.operating import operator_token, put_aside


@pytest.mark.timeout(300)
def test_an_operator_signs_in_finds_what_is_held_back_tries_and_replays_it(
    browser: Browser, site: Site
) -> None:
    door = Door(site.world, site.world.sides["gateway"].app)
    aside = put_aside(site.world, door.create_practice().id)
    with person(browser, site, size=DESKTOP) as imogen:
        imogen.go("/ops")
        imogen.page.get_by_label("Who you are").fill("Imogen")
        imogen.page.get_by_label("Operator key").fill(site.world.operator_key)
        imogen.click("Sign in as an operator")
        assert imogen.page.url.endswith("/ops/services")
        imogen.click("Held back", role="link")
        imogen.page.get_by_role("region", name="notify").get_by_text(f"#{aside.letter_id}").click()
        imogen.click("Would it work?", role="link")
        expect(imogen.page.get_by_text("would be applied")).to_have_count(2)
        assert faults(imogen.page) == []
        imogen.page.get_by_label("Incident or ticket").fill("INC-7")
        imogen.click("Replay it")
        expect(imogen.page.get_by_text("All applied")).to_be_visible()
        imogen.click("Sign out")
        imogen.page.go_back()
        assert "Operator key" in imogen.page.inner_text("main")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("place", ["services", "events", "dead-letters", "timers", "api"])
def test_no_place_of_operators_has_a_barrier(browser: Browser, site: Site, place: str) -> None:
    with person(browser, site) as imogen:
        cookie = {
            "name": COOKIE,
            "value": operator_token(site.world),
            "url": "https://localhost/",
            "secure": True,
        }
        imogen.context.add_cookies([cookie])  # type: ignore[list-item]
        page = imogen.go(f"/ops/{place}")
        assert faults(page) == []
        assert page.locator('.tabbar [aria-current="page"]').count() == 1
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_an_admin_makes_and_closes_a_key(browser: Browser, site: Site, size: tuple[int, int]) -> None:
    door = Door(site.world, site.world.sides["gateway"].app)
    practice = door.create_practice()
    token = practice.sign_in(practice.join_staff("practice_admin", name="Ada"))
    with person(browser, site, size=size) as ada:
        cookie = {"name": "__Host-attune", "value": token, "url": "https://localhost/", "secure": True}
        ada.context.add_cookies([cookie])  # type: ignore[list-item]
        ada.go("/practice")
        ada.click("Keys for your own programs", role="link")
        ada.page.get_by_label("What it is for").fill("Website")
        ada.page.get_by_label("See bookings").check()
        ada.click("Make the key")
        assert "attune_" in ada.page.inner_text(".secret")
        assert faults(ada.page) == []
        assert ada.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        ada.go("/practice/keys")
        ada.click("Close it now")
        assert "Closed" in ada.text()
