"""One real task of each role with Tab, Enter, Space and arrows alone."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser

from tests.browser.keys import Keys
from tests.browser.person import DESKTOP, person
from tests.browser.site import Site
from tests.gateway.care_pages.clinic import Clinic, open_clinic
from tests.gateway.door import Door
from tests.gateway.operating import put_aside
from tests.gateway.pages.care import add_account, sign_in
from tests.world.world import World


@pytest.fixture(scope="module")
def clinic(world: World) -> Clinic:
    made = open_clinic(world, Door(world, world.sides["gateway"].app))
    add_account(made.door, made.practice.id, made.sam_id, "Sam")
    return made


def test_a_partner_answers_and_shares(browser: Browser, site: Site, clinic: Clinic) -> None:
    with person(browser, site) as sam:
        sam.let_in(sign_in(clinic.door, clinic.practice.id, clinic.sam_id))
        sam.go("/today")
        keys = Keys(sam)
        keys.to("Skip to")
        keys.press("Enter")
        keys.to("Carry on")
        keys.go_on("What do you hope")
        keys.to("Your own words")
        keys.write("To be quiet next to each other")
        keys.to("Stop here")
        keys.go_on("Your preparation", key="Space")
        keys.to("Intention and consent")
        keys.go_on("Your answers")
        keys.to("Choose who sees it")
        keys.go_on("Choose who sees this answer")
        keys.to("Me and my care team")
        keys.press("ArrowDown")
        assert sam.page.get_by_label("Me, Noor and my care team").is_checked()
        keys.to("Save this choice")
        keys.go_on("Your answers")
        assert "You, Noor and your care team" in sam.text()


def test_a_clinician_decides(browser: Browser, site: Site, clinic: Clinic) -> None:
    with person(browser, site, size=DESKTOP) as ines:
        ines.let_in(clinic.practice.sign_in(clinic.couple.practitioner_id))
        ines.go("/day")
        keys = Keys(ines)
        keys.to("Couples")
        keys.go_on("Couples")
        keys.to("S Sam")
        keys.go_on("Timeline")
        keys.to("Decide for Sam")
        keys.go_on("Readiness")
        keys.to("Ready")
        keys.press("Space", "ArrowDown", "ArrowUp")
        keys.to("Reason")
        keys.write("Steady, and knows how to ask for a pause.")
        keys.to("Record the decision")
        keys.go_on("Readiness")
        assert "Say until when readiness holds" in ines.text()
        keys.to("Ready until")
        until = clinic.couple.now.date() + timedelta(days=40)
        keys.write(until.strftime("%m%d%Y"))
        keys.to("Record the decision")
        keys.go_on("Timeline")
        assert "Ready" in ines.text()


def test_the_desk_registers_a_couple(browser: Browser, site: Site, clinic: Clinic) -> None:
    with person(browser, site, size=DESKTOP) as fay:
        fay.let_in(clinic.practice.sign_in(clinic.fay_id))
        fay.go("/desk")
        keys = Keys(fay)
        keys.to("New couple")
        keys.go_on("New couple")
        keys.to("First partner")
        keys.write("Amal")
        keys.to("Second partner")
        keys.write("Jules")
        keys.press("Enter")
        fay.page.get_by_role("heading", name="Amal", level=1).wait_for()
        assert fay.page.get_by_text("Not invited yet").count() == 2


def test_an_admin_adds_somebody_to_the_team(browser: Browser, site: Site, clinic: Clinic) -> None:
    admin = clinic.practice.join_staff("practice_admin", name="Alex")
    with person(browser, site, size=DESKTOP) as alex:
        alex.let_in(clinic.practice.sign_in(admin))
        alex.go("/practice")
        keys = Keys(alex)
        keys.to("Team")
        keys.go_on("Team")
        keys.to("Name")
        keys.write("Robin")
        keys.to("Work email")
        keys.write("robin@example.org")
        keys.to("Practitioner")
        keys.press("Space")
        keys.to("Add to the team")
        keys.go_on("Team")
        assert "Robin" in alex.text()


def test_an_operator_replays_what_was_held_back(browser: Browser, site: Site, clinic: Clinic) -> None:
    letter = f"#{put_aside(site.world, clinic.practice.id).letter_id}"
    with person(browser, site, size=DESKTOP) as imogen:
        imogen.go("/ops")
        keys = Keys(imogen)
        keys.to("Who you are")
        keys.write("Imogen")
        keys.to("Operator key")
        keys.write(site.world.operator_key)
        imogen.page.keyboard.press("Enter")
        imogen.page.wait_for_url("**/ops/services")
        keys.to("Held back")
        keys.go_on("Held back")
        keys.to(letter)
        keys.go_on(f"notify {letter}")
        keys.to("Would it work?")
        keys.go_on(f"notify {letter}")
        assert "would be applied" in imogen.text()
        keys.to("Incident or ticket")
        keys.write("INC-8")
        keys.to("Replay it")
        keys.go_on("Replay: notify")
        assert "All applied" in imogen.text()
