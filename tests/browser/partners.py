"""What partners do in a story, by clicking, each in a browser of their own."""

from datetime import timedelta

import pyotp

from tests.browser.person import Person
from tests.browser.story import Story, cards, follow, press


def has_passkeys(one: Person) -> None:
    """A device that makes passkeys, and always finds that it is its owner."""
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    session = one.context.new_cdp_session(one.page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def books_the_free_talk(one: Person, story: Story, name: str) -> None:
    """On the practice's public page, by somebody whom nobody knows yet."""
    one.go(f"/p/{story.practice.slug}")
    one.page.locator("input[name=starts_at]").first.check()
    one.page.get_by_label("Your first name").fill(name)
    one.page.get_by_label("Email that only you read").fill(story.address(name))
    press(one, "Send")
    assert "We’ll talk on" in one.text()


def comes_in_by_passkey(one: Person, story: Story, name: str) -> None:
    has_passkeys(one)
    one.page.goto(story.link(name))
    press(one, "Set up my login")
    press(one, "Add a passkey")
    assert name in one.page.inner_text("h1")


def comes_in_by_codes(one: Person, story: Story, name: str) -> None:
    one.page.goto(story.link(name))
    press(one, "Set up my login")
    press(one, "Set up codes")
    secret = one.page.locator("figcaption code").inner_text().replace(" ", "")
    one.page.get_by_label("The address your invitation came to").fill(story.address(name))
    code = pyotp.TOTP(secret).at(story.site.world.clock() - timedelta(seconds=30))
    one.page.get_by_label("The code that your app shows now").fill(code)
    press(one, "Use codes from now on")
    assert one.page.locator("ol.codes code").count() == 10
    follow(one, "Go on")
    assert name in one.page.inner_text("h1")


def answers(one: Person, shared: str, unshared: str, *, other: str) -> list[str]:
    """Two questions of the intention, and shares the first of them; what the preview showed."""
    follow(one, "Today")
    follow(one, "Carry on")
    one.page.get_by_label("Your own words, if you like").fill(shared)
    press(one, "Save and go on")
    one.page.get_by_label("Your own words, if you like").fill(unshared)
    press(one, "Stop here, keep my words")
    assert "2 of 4 answered" in one.text()
    follow(one, "Intention and consent")
    follow(one, "Choose who sees it 1")
    one.page.get_by_label(f"Me, {other} and my care team").check()
    previewed = cards(one)
    press(one, "Save this choice")
    return previewed


def signs(one: Person) -> None:
    """From the list of sessions, which shows one without a day."""
    _opens_the_session(one)
    assert "Not scheduled yet" in one.text()
    follow(one, "Open your consent")
    one.page.get_by_label("I have read this").check()
    press(one, "Sign")
    assert "You signed this" in one.text()


def withdraws(one: Person) -> None:
    """One tap, on the page of the consent."""
    _opens_the_session(one)
    follow(one, "Open your consent")
    press(one, "Withdraw my consent")
    assert "You’ve withdrawn your consent" in one.text()


def reads_of_the_session(one: Person) -> tuple[str, str]:
    """Both places in which a partner reads of it: the list, and its own page."""
    follow(one, "Sessions")
    listed = one.text()
    _opens_the_session(one)
    return listed, one.text()


def says_yes_again(one: Person) -> None:
    _opens_the_session(one)
    follow(one, "Open the quiet page")
    press(one, "Yes, today")
    assert "There’s nothing you need to do." in one.text()
    one.go("/today")


def checks_in(one: Person) -> None:
    follow(one, "Today")
    follow(one, "Open the check-in")
    one.page.get_by_role("radio", name="7", exact=True).check()
    one.page.get_by_label("hours did you sleep").fill("7.5")
    press(one, "Send")
    assert "That’s kept" in one.text()


def skips_the_check_in(one: Person) -> None:
    follow(one, "Today")
    follow(one, "Open the check-in")
    press(one, "Skip this one")
    assert "Nothing is open right now." in one.text()


def writes_and_shares(one: Person, words: str, *, other: str) -> list[str]:
    """An entry of the journal; what the preview showed."""
    follow(one, "Journal")
    follow(one, "Write something")
    one.page.locator("summary", has_text="Images").click()
    one.page.get_by_label("Images", exact=True).fill(words)
    press(one, "Keep it")
    follow(one, "Choose who sees it Images")
    one.page.get_by_label(f"Me and {other}", exact=True).check()
    previewed = cards(one)
    press(one, "Save this choice")
    return previewed


def takes_back(one: Person) -> None:
    """The entry that was shared, on its own page."""
    follow(one, "Journal")
    follow(one, "Open Images")
    press(one, "Take back")
    assert "Only you" in one.text()


def reads_shared(one: Person, place: str) -> list[str]:
    """What the other chose to show, by way of the bar."""
    follow(one, place)
    follow(one, "Have a look")
    return cards(one)


def _opens_the_session(one: Person) -> None:
    follow(one, "Sessions")
    follow(one, "Long session")
