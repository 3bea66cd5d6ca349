"""What goes wrong outside of the product: a second window, a line that drops, a nervous finger, the way back."""

import pytest
from playwright.sync_api import Browser

from tests.browser.person import DESKTOP, person
from tests.browser.site import Site
from tests.gateway.care_pages.clinic import Clinic, open_clinic
from tests.gateway.door import Door
from tests.gateway.pages.care import add_account, sign_in
from tests.world.world import World

NOT_SENT = "This wasn’t sent. Your words are still here."


@pytest.fixture(scope="module")
def clinic(world: World) -> Clinic:
    made = open_clinic(world, Door(world, world.sides["gateway"].app))
    add_account(made.door, made.practice.id, made.sam_id, "Sam")
    return made


def cookie(clinic: Clinic) -> str:
    return sign_in(clinic.door, clinic.practice.id, clinic.sam_id)


def kept(clinic: Clinic) -> list[str]:
    """The words of Sam's journal, newest first."""
    return [one["text"] for one in clinic.asks("integration", clinic.sam_id).get("/me/journal").json["items"]]


def test_of_two_windows_the_second_is_told_and_keeps_its_words(
    browser: Browser, site: Site, clinic: Clinic
) -> None:
    body = {"channel": "feelings", "text": "before", "mood": None}
    made = clinic.asks("integration", clinic.sam_id).post("/me/journal", body)
    entry = f"/journal/{made.json['entry_id']}"
    with person(browser, site) as sam:
        sam.let_in(cookie(clinic))
        second = sam.context.new_page()
        sam.go(f"{entry}/change")
        second.goto(f"{site.url}{entry}/change")
        sam.page.get_by_label("Your words").fill("from the first")
        sam.click("Save the words")
        sam.page.wait_for_url(f"**{entry}")
        second.get_by_label("Your words").fill("from the second")
        second.get_by_role("button", name="Save the words").click()
        second.get_by_role("heading", name="What was kept meanwhile").wait_for()
        assert second.locator("section blockquote").inner_text() == "from the first"
        assert second.get_by_label("Your words").input_value() == "from the second"
        assert kept(clinic)[0] == "from the first"
        second.get_by_role("button", name="Save the words").click()
        second.wait_for_url(f"**{entry}")
        assert kept(clinic)[0] == "from the second"


def test_when_the_line_drops_the_words_stay_and_go_out_later(
    browser: Browser, site: Site, clinic: Clinic
) -> None:
    with person(browser, site) as sam:
        sam.let_in(cookie(clinic))
        sam.go("/prepare/intention/1")
        words = sam.page.get_by_label("Your own words")
        words.fill("long and dear")
        sam.context.set_offline(True)
        sam.page.get_by_role("button", name="Save and go on").click()
        sam.page.get_by_role("alert").filter(has_text=NOT_SENT).wait_for()
        assert words.input_value() == "long and dear"
        assert all("Failed to fetch" in one for one in sam.complaints), sam.complaints
        sam.complaints.clear()
        sam.context.set_offline(False)
        sam.page.get_by_role("button", name="Save and go on").click()
        sam.page.wait_for_url("**/prepare/intention/2")
        assert not sam.page.get_by_text(NOT_SENT).is_visible()
        sam.go("/prepare/intention/1")
        assert sam.page.get_by_label("Your own words").input_value() == "long and dear"


def test_a_double_click_counts_once(browser: Browser, site: Site, clinic: Clinic) -> None:
    with person(browser, site) as sam:
        sam.let_in(cookie(clinic))
        sam.go("/journal/new")
        sam.page.locator("textarea:visible").first.fill("only once")
        sam.page.get_by_role("button", name="Keep it").dblclick()
        sam.page.wait_for_url("**/journal")
        sam.page.wait_for_load_state("networkidle")
        assert kept(clinic).count("only once") == 1


def test_without_scripts_a_double_click_counts_once_too(browser: Browser, site: Site, clinic: Clinic) -> None:
    with person(browser, site, size=DESKTOP, has_scripts=False) as fay:
        fay.let_in(clinic.practice.sign_in(clinic.fay_id))
        fay.go("/desk/couples/new")
        fay.page.get_by_label("First partner").fill("Amal")
        fay.page.get_by_label("Second partner").fill("Jules")
        fay.page.locator("main form button").dblclick()
        fay.page.wait_for_url("**/desk/couples/*-*")
        site.settle()
        fay.go("/couples")
        assert fay.page.locator("main li", has_text="Amal").count() == 1


def test_after_staff_have_signed_out_going_back_shows_nothing(
    browser: Browser, site: Site, clinic: Clinic
) -> None:
    with person(browser, site, size=DESKTOP) as ines:
        ines.let_in(clinic.practice.sign_in(clinic.couple.practitioner_id))
        ines.go("/couples")
        ines.page.get_by_role("link", name="Sam").first.click()
        ines.page.get_by_role("heading", name="Timeline").wait_for()
        ines.click("More", role="link")
        ines.page.get_by_role("button", name="Sign out").click()
        ines.page.wait_for_url(site.url + "/")
        for _ in range(3):
            ines.page.go_back()
            ines.page.wait_for_load_state("networkidle")
            ines.page.get_by_role("heading", name="Sign in").first.wait_for()
            told = [
                word for word in ("Timeline", "Decide for", "My day") if word in ines.page.inner_text("body")
            ]
            assert not told, ines.page.inner_text("body")
