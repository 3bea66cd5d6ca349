"""A partner's main path, and the staff's, with JavaScript switched off: every step is a link or a form."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser

from tests.browser.person import DESKTOP, person
from tests.browser.site import Site
from tests.gateway.care_pages.clinic import open_clinic
from tests.gateway.door import Door
from tests.gateway.pages.care import add_account, sign_in
from tests.sessions.couple_in_care import ZONE
from tests.world.world import World


def test_reading_answering_sharing_signing_and_withdrawing(
    browser: Browser, site: Site, world: World
) -> None:
    clinic = open_clinic(world, Door(world, world.sides["gateway"].app))
    session_id = clinic.couple.plan()
    world.pump()
    cookies = []
    for person_id, name in zip(clinic.couple.partner_ids, ("Sam", "Noor"), strict=True):
        add_account(clinic.door, clinic.practice.id, person_id, name)
        cookies.append(sign_in(clinic.door, clinic.practice.id, person_id))
    with person(browser, site, has_scripts=False) as sam, person(browser, site, has_scripts=False) as noor:
        sam.let_in(cookies[0])
        noor.let_in(cookies[1])
        sam.go("/today")
        assert "Read what a session asks of you" in sam.text()

        sam.go("/prepare/intention/1")
        sam.page.get_by_label("Your own words").fill("To be quiet next to each other")
        sam.click("Stop here, keep my words")
        sam.go("/prepare/intention/1/share")
        sam.page.get_by_label("Me, Noor and my care team").check()
        sam.click("Save this choice")
        assert "To be quiet" in noor.go("/prepare/shared").inner_text("main")

        sam.go("/today")
        sam.click("Read it", role="link")
        sam.page.get_by_label("I have read this").check()
        sam.click("Sign")
        assert "You signed this" in sam.text()
        assert "Read what a session asks of you" not in sam.go("/today").inner_text("main")
        sam.go(f"/sessions/{session_id}/consent")
        sam.click("Withdraw my consent")
        assert "You’ve withdrawn your consent" in sam.text()
        consent = clinic.couple.ana.get(f"/me/medicine-sessions/{session_id}/consent").json
        assert consent["state"] == "withdrawn"


def test_registering_deciding_and_planning(browser: Browser, site: Site, world: World) -> None:
    clinic = open_clinic(world, Door(world, world.sides["gateway"].app))
    until = (clinic.couple.now + timedelta(days=40)).date()
    starts_at = clinic.couple.starts_at.astimezone(ZoneInfo(ZONE))
    with (
        person(browser, site, size=DESKTOP, has_scripts=False) as fay,
        person(browser, site, size=DESKTOP, has_scripts=False) as ines,
    ):
        fay.let_in(clinic.practice.sign_in(clinic.fay_id))
        fay.go("/desk/couples/new")
        fay.page.get_by_label("First partner").fill("Amal")
        fay.click("Register")
        assert "Not invited yet" in fay.text()

        ines.let_in(clinic.practice.sign_in(clinic.couple.practitioner_id))
        ines.go("/day")
        ines.click("Couples", role="link")
        ines.click("Sam", role="link", exact=False)
        ines.click("Decide for Sam", role="link")
        ines.page.get_by_label("Reason").fill("Steady, and knows how to ask for a pause.")
        ines.page.get_by_label("Ready", exact=False).first.check()
        ines.click("Record the decision")
        assert "Say until when readiness holds" in ines.text()
        assert ines.page.get_by_label("Reason").input_value().startswith("Steady")
        ines.page.get_by_label("Ready until").fill(str(until))
        ines.click("Record the decision")
        ines.click("Plan a medicine session", role="link")
        ines.page.get_by_label("When").fill(starts_at.strftime("%Y-%m-%dT%H:%M"))
        ines.click("Plan it")
        assert "/medicine/" in ines.page.url
