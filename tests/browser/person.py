"""Somebody with a browser of their own: a context with nothing of anybody else's, watched for what must not happen."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, Page, Request, TimeoutError

from services.gateway.identity import COOKIE
from services.gateway.view import COOKIE as VIEW
from tests.browser.chromium import closing
from tests.browser.site import Site

PHONE, DESKTOP = (375, 812), (1280, 900)
_WATCH = """
    document.addEventListener("securitypolicyviolation",
        (event) => console.error("csp:" + event.violatedDirective + " " + event.blockedURI + " " + event.sourceFile));
"""
_MARK = "document.querySelector('main').setAttribute('data-before', '')"
_LOOKS, _LOOK_MS = 20, 1_500


@dataclass
class Person:
    """One browser context with one page; `complaints` must stay empty."""

    site: Site
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        self.page.goto(self.site.url + path)
        return self.page

    def click(self, name: str, *, role: Any = "button", exact: bool = True) -> Page:
        """Click what a person would call `name`, wait for the page that follows, let the events have their effects."""
        self.follow(name, role=role, exact=exact)
        self.site.settle()
        return self.page

    def follow(self, name: str, *, role: Any = "link", exact: bool = True) -> Page:
        """Click, and wait for the page that follows.

        That the network is idle says nothing: it still is just after a click. So the page before is marked.
        """
        self.page.evaluate(_MARK)
        self.page.get_by_role(role, name=name, exact=exact).first.click()
        for _ in range(_LOOKS):
            try:
                self.page.locator("main:not([data-before])").wait_for(state="attached", timeout=_LOOK_MS)
                break
            except TimeoutError:
                self.site.world.pump()  # it may wait for what one service tells another
        else:
            raise AssertionError(f"no page came after {name!r} on {self.page.url}")
        self.page.wait_for_load_state("networkidle")
        return self.page

    def let_in(self, cookie: str) -> None:
        """Signed in already, by the value of a sign-in's cookie: the pages of signing in have tests of their own."""
        self._give(COOKIE, cookie)

    def chooses(self, view: str) -> None:
        """Has said before how pages look and speak: the value of that cookie."""
        self._give(VIEW, view)

    def sign_in_to_demo(self, name: str) -> Page:
        """By one tap on the start page."""
        self.go("/")
        self.page.get_by_role("button", name=f": {name}").click()
        self.page.wait_for_load_state("networkidle")
        return self.page

    def text(self) -> str:
        return self.page.inner_text("main")

    def _give(self, name: str, value: str) -> None:
        self.context.add_cookies(
            [
                {
                    "name": name,
                    "value": value,
                    "url": self.site.url.replace("http:", "https:"),
                    "secure": True,
                    "httpOnly": True,
                    "sameSite": "Lax",
                }
            ]
        )


@contextmanager
def person(
    browser: Browser,
    site: Site,
    *,
    size: tuple[int, int] = PHONE,
    scheme: Literal["light", "dark"] = "light",
    locale: str = "en-US",
    has_scripts: bool = True,
) -> Iterator[Person]:
    """A browser context. At the end: no request to elsewhere, no violation of the policy, no error of a script."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        locale=locale,
        java_script_enabled=has_scripts,
        timezone_id="America/Denver",
    )
    context.set_default_timeout(10_000)
    complaints: list[str] = []

    def look(request: Request) -> None:
        if not request.url.startswith((site.url, "about:", "blob:")):
            complaints.append(f"asked elsewhere: {request.url}")

    context.on("request", look)
    if has_scripts:
        context.add_init_script(_WATCH)
    page = context.new_page()
    page.on(
        "console",
        lambda said: complaints.append(said.text) if said.type == "error" and _counts(said.text) else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    with closing(context):
        yield Person(site, context, page, complaints)
        assert complaints == [], complaints


def _counts(text: str) -> bool:
    """The browser's own line for an answer of 4xx or 5xx is no fault: tests look at what the page says."""
    return "Failed to load resource" not in text
