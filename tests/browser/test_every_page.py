"""Every page of every role in a real browser: no barrier, nothing from elsewhere, nothing beside the screen."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.browser.axe import faults
from tests.browser.lived_in import LivedIn
from tests.browser.looking import wrong_with, wrong_with_answer, wrong_with_title
from tests.browser.person import DESKTOP, PHONE, Person, person
from tests.browser.places import ROLES, Place, places
from tests.browser.site import Site

NAMES = {"Sam", "Noor", "Ines", "Maren", "Fay", "Alex"}
MAIN = {
    "partner": ("pages.show_today", "pages.show_journal", "pages.show_consent"),
    "practitioner": ("pages.show_couple",),
    "front_desk": ("pages.show_desk",),
}


class Way(NamedTuple):
    """How a page is looked at."""

    language: str
    scheme: Literal["light", "dark"]
    size: tuple[int, int]


WAYS = [Way(*one) for one in product(("en", "es"), ("light", "dark"), (PHONE, DESKTOP))]  # type: ignore[arg-type]


def look(one: Person, place: Place, way: Way) -> list[str]:
    """What is wrong with this page, looked at this way; how it is laid out, also at the other size."""
    one.chooses(f"{way.language}.auto.usual")
    one.page.emulate_media(color_scheme=way.scheme)
    other = DESKTOP if way.size == PHONE else PHONE
    one.page.set_viewport_size({"width": other[0], "height": other[1]})
    answer = one.page.goto(one.site.url + place.path)
    found = wrong_with_answer(answer)
    if urlsplit(one.page.url).path != place.path:
        return [f"led to {one.page.url}"]
    found += wrong_with_title(one.page.title(), NAMES)
    if (language := one.page.get_attribute("html", "lang")) != way.language:
        found.append(f"in {language}")
    found += wrong_with(one.page)
    one.page.set_viewport_size({"width": way.size[0], "height": way.size[1]})
    found += wrong_with(one.page)
    found += faults(one.page)
    found += one.complaints
    one.complaints.clear()
    return [f"{place}, {way.language} {way.scheme} {way.size[0]} px: {line}" for line in found]


@pytest.mark.parametrize("role", ROLES)
def test_every_page_is_fit_for_everybody(browser: Browser, site: Site, lived_in: LivedIn, role: str) -> None:
    here = [one for one in places(site.world.sides["gateway"].app, lived_in.ids) if one.role == role]
    with as_role(browser, site, lived_in, role) as one:
        wrong = [line for place, way in rotated(here) for line in look(one, place, way)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", list(MAIN))
def test_the_main_pages_are_fit_in_every_way(
    browser: Browser, site: Site, lived_in: LivedIn, role: str
) -> None:
    here = [one for one in places(site.world.sides["gateway"].app, lived_in.ids) if one.role == role]
    main = [one for one in here if one.endpoint in MAIN[role]]
    assert len(main) == len(MAIN[role])
    with as_role(browser, site, lived_in, role) as one:
        wrong = [line for place, way in product(main, WAYS) for line in look(one, place, way)]
    assert not wrong, "\n".join(wrong)


def rotated(here: Sequence[Place]) -> Iterator[tuple[Place, Way]]:
    """Each page in one way, and each way in turn; every role begins elsewhere."""
    for number, place in enumerate(here, start=ROLES.index(here[0].role) * 3):
        yield place, WAYS[number % len(WAYS)]


@contextmanager
def as_role(browser: Browser, site: Site, lived_in: LivedIn, role: str) -> Iterator[Person]:
    with person(browser, site) as one:
        if role in lived_in.cookies:
            one.let_in(lived_in.cookies[role])
        yield one
