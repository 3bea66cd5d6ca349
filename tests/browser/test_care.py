"""The couple's pages of care, clicked once: the day of a session, a stop, a check-in; and no barrier on any."""

from playwright.sync_api import Browser

from tests.browser.axe import faults
from tests.browser.carers import sign_in_as
from tests.browser.person import DESKTOP, Person, person
from tests.browser.site import Site
from tests.gateway.door import Door
from tests.gateway.pages.care import Care, care_at


def care_of(site: Site) -> Care:
    return care_at(site.world, Door(site.world, site.world.sides["gateway"].app))


def is_fine(one: Person) -> None:
    """No barrier, and nothing beside the screen."""
    assert faults(one.page) == []
    assert one.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), one.page.url


def test_on_the_day_a_partner_says_yes_and_then_stops(browser: Browser, site: Site) -> None:
    care = care_of(site)
    session_id = care.is_the_day()
    with person(browser, site) as ana, person(browser, site, size=DESKTOP, scheme="dark") as bo:
        sign_in_as(ana, care, care.couple.partner_ids[0])
        sign_in_as(bo, care, care.couple.partner_ids[1])
        ana.go("/sessions")
        is_fine(ana)
        ana.click("Long session", role="link")
        is_fine(ana)
        ana.click("Open the quiet page", role="link")
        assert ana.page.get_attribute("body", "class") == "partner hush"
        is_fine(ana)
        ana.click("Yes, today")
        assert "There’s nothing you need to do." in ana.text()
        bo.go(f"/sessions/{session_id}/consent")
        assert "Today we ask again" in bo.text()
        is_fine(bo)
        ana.click("I want to stop")
        assert "You said stop. That counts." in ana.text()
        is_fine(ana)
        ana.click("What happens now", role="link")
        assert "Who is told" in ana.text()
        assert "app partner" in str(ana.page.get_attribute("body", "class"))
        is_fine(ana)
        bo.go("/sessions")
        bo.click("Long session", role="link")
        assert "This session isn’t going ahead as planned" in bo.text()
        is_fine(bo)


def test_signing_and_withdrawing_is_one_tap_each(browser: Browser, site: Site) -> None:
    care = care_of(site)
    session_id = care.couple.plan()
    with person(browser, site) as ana:
        sign_in_as(ana, care, care.ana_id)
        ana.go(f"/sessions/{session_id}/consent")
        is_fine(ana)
        ana.click("Sign")
        assert "Tick this once you have read the text" in ana.text()
        is_fine(ana)
        ana.page.get_by_label("I have read this").check()
        ana.click("Sign")
        assert "You signed this" in ana.text()
        is_fine(ana)
        ana.click("Withdraw my consent")
        assert "You’ve withdrawn your consent" in ana.text()
        ana.page.reload()
        assert "You’ve withdrawn your consent" in ana.text()


def test_a_check_in_and_what_lies_under_more(browser: Browser, site: Site) -> None:
    care = care_of(site)
    care.has_a_check_in()
    care.is_told()
    with person(browser, site) as ana:
        sign_in_as(ana, care, care.ana_id)
        ana.go("/more")
        is_fine(ana)
        ana.click("Notices", role="link")
        is_fine(ana)
        ana.page.get_by_role("button", name="Open").first.click()
        ana.page.wait_for_url("**/check-ins")
        is_fine(ana)
        ana.click("Check-in", role="link")
        is_fine(ana)
        ana.page.get_by_role("radio", name="7", exact=True).check()
        ana.page.get_by_label("hours did you sleep").fill("a lot")
        ana.click("Send")
        assert "a number from 0 to 24" in ana.text()
        is_fine(ana)
        assert ana.page.get_by_role("radio", name="7", exact=True).is_checked()
        ana.page.get_by_label("hours did you sleep").fill("7.5")
        ana.click("Send")
        assert "That’s kept" in ana.text()
        is_fine(ana)
        ana.go("/more/notifications")
        is_fine(ana)
        ana.go("/more")
        ana.page.get_by_label("Language of the pages").select_option("es")
        ana.click("Use this here")
        assert ana.page.get_attribute("html", "lang") == "es"
        is_fine(ana)
