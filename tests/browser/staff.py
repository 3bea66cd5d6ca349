"""What a practice's staff do in a story, by clicking: the admin, the front desk, the practitioner."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.browser.partners import has_passkeys
from tests.browser.person import DESKTOP, Person
from tests.browser.story import Story, follow, press
from tests.sessions.couple_in_care import ZONE


def comes_to_work(story: Story, name: str) -> Person:
    """By the link in their mail, and with a passkey from then on."""
    one = story.joins(name, DESKTOP)
    has_passkeys(one)
    one.page.goto(story.link(name))
    press(one, "Set up my login")
    press(one, "Add a passkey")
    return one


def the_first_admin(story: Story, name: str) -> Person:
    """The operator lets the first admin in; all others come by clicking."""
    door, operator = story.practice.door, story.practice.door.operator(story.practice.slug)
    body = {"display_name": name, "roles": ["practice_admin"], "email": story.address(name)}
    made = door.post("/api/v1/staff", body, headers=operator)
    assert made.status_code == 201, made.text
    story.site.settle()
    sent = door.post(f"/api/v1/staff/{made.json['person_id']}/invitations", headers=operator)
    assert sent.status_code == 201, sent.text
    return comes_to_work(story, name)


def sets_up(ada: Person, story: Story, *, practitioner: str, desk: str) -> None:
    """All five steps of the admin's checklist, and the link for the front desk and the practitioner."""
    assert ada.text().count("To do") == 4, "it has a sender's name from its beginning"
    for name, role in ((practitioner, "Practitioner"), (desk, "Front desk")):
        follow(ada, "Team")
        ada.page.get_by_label("Name", exact=True).fill(name)
        ada.page.get_by_label("Work email").fill(story.address(name))
        ada.page.get_by_label(role).check()
        press(ada, "Add to the team")
        row = ada.page.get_by_role("listitem").filter(has=ada.page.get_by_role("heading", name=name))
        assert row.count() == 1
        press(ada, "Send a link to sign in")
    follow(ada, "Practice")
    licence = ada.page.locator("#licence")
    licence.get_by_label("Profession").fill("LMFT")
    licence.get_by_label("State").fill("US-CO")
    licence.get_by_label("From").fill("2020-01-01")
    licence.get_by_label("Until").fill("2090-01-01")
    press(ada, ": Add a license", exact=False)
    for day in ada.page.locator("#hours").get_by_role("checkbox").all():
        day.check()
    press(ada, ": Say when they are free", exact=False)
    for name, kind in (("Aspen", "Medicine sessions"), ("Birch", "Talking")):
        ada.page.get_by_label("Name of the room").fill(name)
        ada.page.get_by_label("For what").select_option(kind)
        press(ada, ": Add a room", exact=False)
    assert "To do" not in ada.text()


def registers(fay: Person, story: Story, *, enquirer: str, other: str, practitioner: str) -> None:
    """The couple, each invited to an address of their own, and who treats them."""
    follow(fay, f": {enquirer}", exact=False)
    assert fay.page.get_by_label("First partner’s name").input_value() == enquirer
    fay.page.get_by_label("Second partner’s name").fill(other)
    press(fay, "Register")
    for name in (enquirer, other):
        card = fay.page.locator("div.card").filter(has=fay.page.get_by_role("heading", name=name))
        card.get_by_label("Their own email").fill(story.address(name))
        press(fay, "Invite")
    assert fay.text().count("Invited") == 2
    fay.page.get_by_label(practitioner).check()
    press(fay, "Save the team")
    assert fay.page.get_by_label(practitioner).is_checked()


def makes_ready(ines: Person, story: Story, *names: str) -> None:
    """Preparation is done and readiness decided, for each of them."""
    follow(ines, "Couples")
    follow(ines, " ".join(names), exact=False)
    for name in names:
        press(ines, f"Record that {name}’s preparation is done")
        follow(ines, f"Decide for {name}")
        ines.page.get_by_label("Ready", exact=False).first.check()
        ines.page.get_by_label("Ready until").fill(f"{story.at(40, 12).date()}")
        ines.page.get_by_label("Reason").fill(reason_about(name))
        press(ines, "Record the decision")


def reason_about(name: str) -> str:
    """What the practitioner writes down of a decision: no partner ever reads it."""
    return f"Steady over six weeks, {name} knows how to ask for a pause."


def plans(ines: Person, starts_at: datetime, *names: str) -> None:
    """The medicine session, everybody's way home, and its integration the day after."""
    follow(ines, "Plan a medicine session")
    ines.page.get_by_label("When").fill(_typed(starts_at))
    press(ines, "Plan it")
    for name in names:
        press(ines, f"Record {name}’s way home")
    session = ines.page.url
    follow(ines, "Book its integration")
    ines.page.get_by_label("When").fill(_typed(starts_at + timedelta(days=1)))
    ines.page.get_by_label("Room").select_option("Birch")
    press(ines, "Book it")
    ines.page.goto(session)
    assert "10 of 12 hold" in ines.text(), "only both consents are missing"


def starts(ines: Person, story: Story) -> None:
    """On the session's page. All services have just said that they know nothing newer."""
    ines.page.reload()
    story.site.settle()
    press(ines, "Start the session")
    assert "Under way" in ines.text()


def _typed(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo(ZONE)).strftime("%Y-%m-%dT%H:%M")
