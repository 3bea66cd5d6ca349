"""Signing in by clicking: a passkey of a real browser, codes without a script, and getting back in."""

import re
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from tests.browser.axe import faults
from tests.browser.person import DESKTOP, Person, person
from tests.browser.site import Site, _Quiet
from tests.gateway.door import Door, Practice, bearer, door_to
from tests.gateway.inviting import Notify, invite
from tests.gateway.means import Human
from tests.gateway.provider import running_provider, use_provider
from tests.world.world import World

EMAIL = "ana@example.org"


class House:
    """A gateway whose address is where it really is: passkeys are bound to that."""

    def __init__(self, world: World, notify: Notify, url: str) -> None:
        self.notify, self.url = notify, url
        self.door: Door = door_to(world, {"notify": notify}, public_url=url)
        self.site = Site(world, url, self.door.app)
        self.practice: Practice = self.door.create_practice(is_demo=False)

    def path_of_newest_link(self) -> str:
        return self.notify.links[-1].removeprefix(self.url)

    def staff(self, *roles: str) -> Human:
        """Somebody at work, by the API."""
        human = Human(self.practice, self.practice.join_staff(*roles), "")
        human.device.origin = self.url
        self.send_staff_link(human)
        accepted = self.door.post(
            "/api/v1/invitations/accept", {"token": self.notify.links[-1].rsplit("/", 1)[-1]}
        )
        human.token = accepted.json["token"]
        assert human.add_passkey().status_code == 201
        return human

    def send_staff_link(self, human: Human) -> None:
        operator = self.door.operator(self.practice.slug)
        sent = self.door.post(f"/api/v1/staff/{human.person_id}/invitations", headers=operator)
        assert sent.status_code == 201, sent.text


@pytest.fixture
def house(world: World) -> Iterator[House]:
    server = make_server("localhost", 0, Flask("later"), threaded=True, request_handler=_Quiet)
    made = House(world, Notify(), f"http://localhost:{server.server_port}")
    server.app = made.door.app
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()
    world.clock.ahead = timedelta()


def with_passkeys(one: Person) -> None:
    """Give the browser a device that holds passkeys and always knows its owner."""
    session = one.context.new_cdp_session(one.page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
            }
        },
    )


def press(one: Person, name: str) -> None:
    one.follow(name, role="button")


def test_a_passkey_is_set_up_and_signs_in_and_shows_again(browser: Browser, house: House) -> None:
    mara = Human(house.practice, house.practice.join_staff("practitioner"), "")
    house.send_staff_link(mara)
    with person(browser, house.site, size=DESKTOP) as one:
        with_passkeys(one)
        one.go(house.path_of_newest_link())
        press(one, "Set up my login")
        assert one.page.url.endswith("/ways-in")
        assert "Choose how you sign in" in one.text()
        assert faults(one.page) == []
        press(one, "Add a passkey")
        one.page.wait_for_url(lambda url: not url.endswith("/ways-in"))
        one.go("/ways-in")
        assert "This device" in one.text()
        assert faults(one.page) == []
        one.go("/ways-in/where")
        assert "Linux" in one.text()
        assert faults(one.page) == []

        one.context.clear_cookies()
        one.go(f"/sign-in?practice={house.practice.slug}")
        assert faults(one.page) == []
        press(one, "Sign in with a passkey")
        one.page.wait_for_url(lambda url: "/sign-in" not in url)

        house.site.world.clock.ahead = timedelta(minutes=16)
        one.go("/ways-in")
        assert one.page.url.endswith("/is-it-you?next=/ways-in")
        assert faults(one.page) == []
        press(one, "It’s me, with my passkey")
        one.page.wait_for_url(lambda url: url.endswith("/ways-in"))
        assert "How you sign in" in one.text()


def test_codes_work_without_a_script(browser: Browser, house: House) -> None:
    desk, ana = house.staff("front_desk"), house.practice.register_partner()
    assert invite(house.practice, bearer(desk.token), ana, email=EMAIL).status_code == 201
    with person(browser, house.site, has_scripts=False) as one:
        one.go(house.path_of_newest_link())
        press(one, "Set up my login")
        assert "A passkey needs JavaScript" in one.text()
        press(one, "Set up codes")
        assert one.page.locator("figure svg path").count() >= 1
        secret = one.page.locator("figcaption code").inner_text().replace(" ", "")

        def type_code(code: str, email: str = EMAIL) -> None:
            one.page.get_by_label("The address your invitation came to").fill(email)
            one.page.get_by_label("The code that your app shows now").fill(code)
            press(one, "Use codes from now on")

        def now(steps: int = 0) -> str:
            return pyotp.TOTP(secret).at(house.site.world.clock() + timedelta(seconds=30 * steps))

        type_code("000000")
        assert "This code doesn’t fit" in one.text()
        assert one.page.get_by_label("The address your invitation came to").input_value() == EMAIL
        # The code before the one that shows now counts for the rest of this half minute: not begun at its end.
        while house.site.world.clock().timestamp() % 30 > 15:
            time.sleep(0.2)
        type_code(now(-1))
        codes = one.page.locator("ol.codes code").all_inner_texts()
        assert len(codes) == 10

        one.context.clear_cookies()
        one.go(f"/sign-in?practice={house.practice.slug}")
        sign_in(one, "A code from my app", "000000")
        assert "That didn’t work" in one.text()
        assert one.page.get_by_label("Your email address").input_value() == EMAIL
        sign_in(one, "A code from my app", now())
        assert "/sign-in" not in one.page.url
        one.context.clear_cookies()
        one.go(f"/sign-in?practice={house.practice.slug}")
        sign_in(one, "One of my recovery codes", codes[0])
        assert "/sign-in" not in one.page.url


def sign_in(one: Person, by: str, secret: str) -> None:
    one.page.get_by_label("Your email address").fill(EMAIL)
    one.page.get_by_label(by).check()
    one.page.get_by_label("Type it here").fill(secret)
    press(one, "Sign in")


@pytest.mark.parametrize("has_scripts", [True, False])
def test_words_wait_in_their_tab_while_somebody_signs_in_at_the_practices_own_provider(
    browser: Browser, house: House, has_scripts: bool
) -> None:
    mara = house.staff("practitioner", "practice_admin")
    with (
        running_provider() as issuer,
        person(browser, house.site, size=DESKTOP, has_scripts=has_scripts) as one,
    ):
        use_provider(house.practice, issuer)
        one.context.route(lambda url: "//localhost:" not in url, lambda route: route.abort())
        one.let_in(mara.token)
        one.go("/ways-in")
        press(one, "Use it from now on")
        one.page.get_by_role("link", name="Go on").click()
        sign_in_there(one.page, "mara")
        one.page.get_by_text("In use").wait_for()

        one.go("/team")
        one.page.get_by_label("Name", exact=True).fill("Ines by the river")
        house.door.post("/api/v1/sign-out", headers=bearer(mara.token))
        press(one, "Add to the team")
        assert "What you wrote is still here" in one.text()
        press(one, "Go to your practice’s sign-in")
        assert not has_scripts or faults(one.page) == [], "what looks for barriers is a script"
        assert "river" not in str(one.context.cookies())
        with one.context.expect_page() as opened:
            one.page.get_by_role("link", name="Open the sign-in in a new tab").click()
        sign_in_there(opened.value, "mara")
        opened.value.get_by_role("heading", name="You are signed in").wait_for()
        assert not has_scripts or faults(opened.value) == []
        opened.value.close()
        press(one, "I have signed in: go on")
        press(one, "Carry on")
        assert "Choose at least one role" in one.text()
        assert one.page.get_by_label("Name", exact=True).input_value() == "Ines by the river"
        assert any(issuer in line for line in one.complaints)
        one.complaints[:] = [line for line in one.complaints if issuer not in line and "//cdn." not in line]


def sign_in_there(page: Page, subject: str) -> None:
    """At the provider."""
    page.locator("input[name=sub]").fill(subject)
    page.get_by_role("button", name="Authorize", exact=True).click()


def test_somebody_gets_back_in_with_help_in_person(browser: Browser, house: House) -> None:
    admin = house.staff("practice_admin")
    lost = house.staff("front_desk")
    with (
        person(browser, house.site) as one,
        person(browser, house.site, size=DESKTOP) as helper,
        person(browser, house.site) as other,
    ):
        one.go(f"/recovery?practice={house.practice.slug}")
        assert faults(one.page) == []
        press(one, "Show me a code")
        code = re.sub(r"\s", "", one.page.locator("p.code").inner_text())
        assert faults(one.page) == []

        helper.context.set_extra_http_headers({"Authorization": f"Bearer {admin.token}"})
        helper.go("/back-in")
        assert faults(helper.page) == []
        helper.page.get_by_label("Who is it?").select_option(str(lost.person_id))
        helper.page.get_by_label("The code they read out").fill("AAAAAAAAAA")
        press(helper, "I know it is them")
        helper.page.locator("#f-code-error").wait_for()
        helper.page.get_by_label("The code they read out").fill(code)
        press(helper, "I know it is them")
        helper.page.get_by_text("The link is on its way").wait_for()
        assert lost.get("/me").status_code == 401

        path = house.path_of_newest_link()
        other.go(path)
        press(other, "Choose a new way")
        assert "/ways-in" not in other.page.url, "another device: the link alone opens nothing"
        one.go(path)
        press(one, "Choose a new way")
        assert one.page.url.endswith("/ways-in")
        assert "Choose how you sign in" in one.text()
