"""A partner's words, by clicking: an answer written and shared as previewed, a journal entry, taking both back."""

from playwright.sync_api import Browser

from tests.browser.axe import faults
from tests.browser.person import Person, person
from tests.browser.site import Site
from tests.gateway.pages.words.reader import as_shared
from tests.notify.mailserver import MailServer
from tests.privacy.home import make_home, signed_in

WORDS = "To be quiet next to each other"


def shown(one: Person, path: str) -> list[str]:
    """What a page shows as shared, in its words."""
    page = one.go(path)
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return page.locator("article.card").all_inner_texts()


def test_words_are_shared_as_previewed_and_taken_back(browser: Browser, site: Site, mail: MailServer) -> None:
    home = make_home(site.world, mail)
    with person(browser, site) as ana, person(browser, site, has_scripts=False) as bo:
        ana.let_in(home.cookie["Cookie"].partition("=")[2])
        bo.let_in(signed_in(site.world, home.practice, home.bo_id)["Cookie"].partition("=")[2])

        ana.go("/today")
        ana.click("Carry on", role="link")
        ana.page.get_by_label("Your own words, if you like").fill(WORDS)
        ana.click("Stop here, keep my words")
        assert "1 of 4 answered" in ana.text()
        ana.click("Intention and consent", role="link")
        ana.click("Choose who sees it 1", role="link")
        assert WORDS in ana.text()
        ana.page.get_by_label("Me, Bo and my care team").check()
        previewed = ana.page.locator("article.card").all_inner_texts()
        ana.click("Save this choice")
        assert "You, Bo and your care team" in ana.text()
        assert _read(bo, "/prepare/shared") == previewed

        ana.click("Journal", role="link")
        ana.click("Write something", role="link")
        ana.page.locator("summary", has_text="Images").click()
        ana.page.get_by_label("Images", exact=True).fill("A house with every window open")
        ana.click("Keep it")
        assert "Only you" in ana.text()
        ana.click("Choose who sees it Images", role="link")
        ana.page.get_by_label("Me and Bo", exact=True).check()
        ana.click("Save this choice")
        assert len(_read(bo, "/journal/shared")) == 1

        ana.go("/more/privacy")
        ana.click("Take back")
        ana.click("Take back")
        assert "You share nothing right now" in ana.text()
        assert _read(bo, "/prepare/shared") == _read(bo, "/journal/shared") == []

        ana.go("/today")
        ana.click("Not now")
        assert "Nothing more today" in ana.text()
        for path in ("/prepare", "/prepare/intention/4", "/journal/new", "/more/privacy"):
            assert shown(ana, path) == []


def _read(one: Person, path: str) -> list[str]:
    """What somebody without scripts reads there."""
    one.go(path)
    assert len(as_shared(one.page.content())) == one.page.locator("article.card").count()
    return one.page.locator("article.card").all_inner_texts()
