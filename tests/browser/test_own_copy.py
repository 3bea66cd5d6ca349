"""A copy of one's own, by tapping: a file comes, the page stays, and the file opens where there is no network."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.axe import faults
from tests.browser.person import DESKTOP, PHONE, person
from tests.browser.site import Site
from tests.notify.mailserver import MailServer
from tests.privacy.home import Home, make_home

HOSTILE = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\">"


@pytest.fixture
def home(site: Site, mail: MailServer) -> Home:
    made = make_home(site.world, mail)
    entry = {"channel": "images", "text": f"A house\nwith open windows {HOSTILE}", "mood": 6}
    assert made.ana("integration").post("/me/journal", entry).status_code == 201
    return made


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_file_comes_and_the_page_stays(
    browser: Browser, site: Site, home: Home, tmp_path: Path, has_scripts: bool
) -> None:
    file = tmp_path / "copy.html"
    with person(browser, site, has_scripts=has_scripts) as ana:
        ana.let_in(home.cookie["Cookie"].partition("=")[2])
        ana.go("/more/privacy")
        for button, name in (
            ("Get a file to read", "copy.html"),
            ("Get a file for other programs", "copy.json"),
        ):
            with ana.page.expect_download() as coming:
                ana.page.get_by_role("button", name=button).click()
            assert coming.value.suggested_filename == name
            coming.value.save_as(tmp_path / name)
            assert ana.page.get_by_role("heading", name="A copy of what is yours").is_visible()
    assert "with open windows" in file.read_text()
    for size in (PHONE, DESKTOP):
        _opens_alone(browser, file, size)


def _opens_alone(browser: Browser, file: Path, size: tuple[int, int]) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, offline=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    assert asked == [file.as_uri()]
    assert page.title() == "Copy"
    assert "A house\nwith open windows <script>" in page.inner_text("main")
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert len(page.pdf()) > 10_000, "it prints"
    context.close()
