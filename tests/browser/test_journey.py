"""The couple's whole journey, by clicking: everybody in a browser of their own, from nothing to a journal entry."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser

from tests.browser.carers import sign_in_as
from tests.browser.partners import (
    answers,
    books_the_free_talk,
    checks_in,
    comes_in_by_codes,
    comes_in_by_passkey,
    reads_of_the_session,
    reads_shared,
    says_yes_again,
    signs,
    skips_the_check_in,
    takes_back,
    withdraws,
    writes_and_shares,
)
from tests.browser.person import DESKTOP, Person, person
from tests.browser.site import Site
from tests.browser.staff import (
    comes_to_work,
    makes_ready,
    plans,
    reason_about,
    registers,
    sets_up,
    starts,
    the_first_admin,
)
from tests.browser.story import Story, everything, press, story
from tests.gateway.care_pages.clinic import open_clinic
from tests.gateway.door import Door
from tests.gateway.pages.care import Care, add_account
from tests.notify.mailserver import MailServer
from tests.world.world import World

SHARED = "To be quiet next to each other again"
UNSHARED = "Not sure that I can meet my own fear"
DREAM = "A house with every window open"


def couple_in_care(told: Story) -> tuple[Person, Person, Person]:
    """From nothing to Sam and Noor, each signed in, and Ines who treats them."""
    ada = the_first_admin(told, "Ada")
    sets_up(ada, told, practitioner="Ines", desk="Fay")
    sam = told.joins("Sam")
    books_the_free_talk(sam, told, "Sam")
    fay = comes_to_work(told, "Fay")
    registers(fay, told, enquirer="Sam", other="Noor", practitioner="Ines")
    comes_in_by_passkey(sam, told, "Sam")
    noor = told.joins("Noor")
    comes_in_by_codes(noor, told, "Noor")
    return sam, noor, comes_to_work(told, "Ines")


def where(words: str, pages: dict[str, str]) -> list[str]:
    return [path for path, source in pages.items() if words in source]


@pytest.mark.timeout(480)
def test_a_couple_goes_all_the_way(browser: Browser, world: World, mail: MailServer) -> None:
    with story(browser, world, mail) as told:
        sam, noor, ines = couple_in_care(told)

        previewed = answers(sam, SHARED, UNSHARED, other="Noor")
        assert len(previewed) == 1
        assert reads_shared(noor, "Prepare") == previewed
        seen = everything(noor)
        assert where(SHARED, seen) == ["/prepare/shared"]
        assert where(UNSHARED, seen) == []

        starts_at = told.at(10, 10)
        makes_ready(ines, told, "Sam", "Noor")
        plans(ines, starts_at, "Sam", "Noor")
        signs(sam)
        signs(noor)
        told.move_to(told.now + timedelta(minutes=15))
        assert "Confirmed" in reads_of_the_session(noor)[1]
        assert reads_of_the_session(sam) == reads_of_the_session(noor)
        for one, name in ((sam, "Sam"), (noor, "Noor")):
            assert where(reason_about(name), everything(one)) == []

        told.move_to(starts_at - timedelta(minutes=10))
        says_yes_again(sam)
        says_yes_again(noor)
        starts(ines, told)
        told.move_to(starts_at + timedelta(hours=3))
        press(ines, "End the session")
        assert "Ended" in ines.text()

        told.move_to(starts_at + timedelta(days=2))
        checks_in(sam)
        skips_the_check_in(noor)
        previewed = writes_and_shares(sam, DREAM, other="Noor")
        assert reads_shared(noor, "Journal") == previewed
        during = everything(noor)
        assert where(DREAM, during) == ["/journal/shared"]
        takes_back(sam)
        assert reads_shared(noor, "Journal") == []
        after = everything(noor)
        assert where(DREAM, after) == []
        assert after.keys() == during.keys(), "a link came or went with it"
        told.post()
        for words in (SHARED, UNSHARED, DREAM, reason_about("Sam")):
            assert not any(words in one for one in told.mails())


def test_a_withdrawal_stops_a_confirmed_session_and_names_nobody(browser: Browser, site: Site) -> None:
    clinic = open_clinic(site.world, Door(site.world, site.app))
    care = Care(site.world, clinic.door, clinic.couple)
    sam_id, noor_id = clinic.couple.partner_ids
    add_account(clinic.door, clinic.practice.id, sam_id, "Sam")
    add_account(clinic.door, clinic.practice.id, noor_id, "Noor")
    session_id, _ = clinic.couple.confirmed()
    clinic.couple.move_to(clinic.couple.starts_at - timedelta(minutes=50))
    clinic.follow()
    with (
        person(browser, site) as sam,
        person(browser, site) as noor,
        person(browser, site, size=DESKTOP) as ines,
    ):
        for one, who in ((sam, sam_id), (noor, noor_id), (ines, clinic.couple.practitioner_id)):
            sign_in_as(one, care, who)
            one.go("/more")
        assert "Confirmed" in reads_of_the_session(noor)[1]
        says_yes_again(noor)
        ines.go(f"/medicine/{session_id}")
        withdraws(sam)
        press(ines, "Start the session")
        assert "Started at" not in ines.text()
        assert ines.page.get_by_role("button", name="Start the session").count() == 0
        listed, shown = reads_of_the_session(noor)
        assert "This session isn’t going ahead as planned" in listed
        assert "There is nothing you need to do" in shown
        assert reads_of_the_session(sam) == (listed, shown)
        assert where("withdrawn", everything(sam)) == [f"/sessions/{session_id}/consent"]
        assert where("withdrawn", everything(noor)) == []
