"""A clinician's path by clicking: my day, the couple, a decision, a planned session, the safety queue."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser

from tests.browser.axe import faults
from tests.browser.person import DESKTOP, person
from tests.browser.site import Site
from tests.gateway.care_pages.clinic import open_clinic
from tests.gateway.door import Door
from tests.sessions.couple_in_care import ZONE
from tests.world.world import World


def test_a_clinician_decides_plans_and_takes_an_alert(browser: Browser, site: Site, world: World) -> None:
    clinic = open_clinic(world, Door(world, world.sides["gateway"].app))
    with person(browser, site, size=DESKTOP) as ines:
        ines.let_in(clinic.practice.sign_in(clinic.couple.practitioner_id))
        page = ines.go("/day")
        assert "Nothing in your calendar" in ines.text()
        assert faults(page) == []
        ines.click("Couples", role="link")
        ines.follow("Noor", exact=False)
        ines.click("Decide for Sam", role="link")
        page.get_by_label("Ready", exact=False).first.check()
        page.get_by_label("Reason").fill("Steady, and knows how to ask for a pause.")
        ines.click("Record the decision")
        page.get_by_role("alert").wait_for()
        assert "Say until when readiness holds" in ines.text()
        assert page.get_by_label("Reason").input_value().startswith("Steady")
        page.get_by_label("Ready until").fill(f"{clinic.couple.now.date() + timedelta(days=40)}")
        ines.click("Record the decision")
        page.get_by_role("heading", name="Timeline").wait_for()
        assert "Ready" in ines.text()
        assert faults(page) == []
        ines.click("Plan a medicine session", role="link")
        starts_at = clinic.couple.starts_at.astimezone(ZoneInfo(ZONE))
        page.get_by_label("When").fill(starts_at.strftime("%Y-%m-%dT%H:%M"))
        ines.click("Plan it")
        page.get_by_role("heading", name="What must hold").wait_for()
        assert faults(page) == []
        ines.click("Record Sam’s way home")
        page.get_by_role("button", name="Sam’s way home is off").wait_for()
        clinic.has_ended_elsewhere()
        clinic.worries(clinic.sam_id)
        ines.click("Safety", role="link")
        page.get_by_role("button", name="I’ll take it").first.wait_for()
        assert faults(page) == []
        ines.click("I’ll take it")
        page.get_by_text("No open alerts.").wait_for()
