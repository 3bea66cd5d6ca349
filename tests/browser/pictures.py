"""`make pictures`: screenshots of a running demo's main pages (`make run`), made by clicking, into docs/pictures."""

import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

TO = Path(__file__).resolve().parents[2] / "docs" / "pictures"
PHONE, DESKTOP = (390, 780), (1280, 800)


def main(url: str) -> None:
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("Chromium is needed: python -m deploy.local.prerequisites installs it on Debian")
    TO.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        with _as(browser, url, "Sam", PHONE) as page:
            page.goto(f"{url}/prepare/intention/1")
            page.get_by_role("textbox").first.fill("To be quiet next to each other, and not feel alone.")
            page.get_by_role("button", name="Save and go on").click()
            page.wait_for_load_state("networkidle")
            _take(page, f"{url}/prepare/intention/2", "question")
            _take(page, f"{url}/journal/new", "journal")
            _take(page, f"{url}/more/privacy", "privacy")
        with _as(browser, url, "Piet Brook", DESKTOP) as page:
            _book(page, url)
            _take(page, f"{url}/desk?day={_day()}", "agenda")
        with _as(browser, url, "Sam", PHONE) as page:
            page.wait_for_timeout(2000)  # the booking reaches its partners by an event
            _take(page, f"{url}/today", "today")
        with _as(browser, url, "Theodora Lindqvist", DESKTOP) as page:
            page.goto(f"{url}/couples")
            page.get_by_role("link", name=re.compile("Noor|Sam")).first.click()
            page.wait_for_load_state("networkidle")
            _take(page, page.url, "couple")
        browser.close()


@contextmanager
def _as(browser: Browser, url: str, name: str, size: tuple[int, int]) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=2 if size == PHONE else 1,
        locale="en-US",
        timezone_id="America/Denver",
    )
    page = context.new_page()
    page.goto(url)
    page.get_by_role("button", name=f": {name}").click()
    page.wait_for_load_state("networkidle")
    yield page
    context.close()


def _book(page: Page, url: str) -> None:
    page.goto(f"{url}/desk/book")
    page.get_by_role("link", name=re.compile("Noor|Sam")).first.click()
    page.get_by_label("Theodora Lindqvist").check()
    page.get_by_label("When").fill(f"{_day()}T10:00")
    page.get_by_role("button", name="Book it").click()
    # Taken already, when the pictures are made again.
    page.get_by_role("button", name="Call it off").or_(page.get_by_role("alert")).first.wait_for()


def _day() -> str:
    """The next weekday but one: the demo's staff work then."""
    day = date.today() + timedelta(days=2)  # noqa: DTZ011
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day.isoformat()


def _take(page: Page, address: str, name: str) -> None:
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=TO / f"{name}.png")


if __name__ == "__main__":
    main(sys.argv[1])
