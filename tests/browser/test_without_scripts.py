"""A partner's main path with JavaScript switched off: every step is a link or a form."""

from playwright.sync_api import Browser

from tests.browser.person import person
from tests.browser.site import Site
from tests.gateway.care_pages.clinic import open_clinic
from tests.gateway.door import Door
from tests.gateway.pages.care import add_account, sign_in
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
