"""Every page of a demo says that it is one, whoever looks at it; no page of a real practice does."""

import pytest

from services.gateway.language import page_texts
from tests.browser.lived_in import LivedIn
from tests.browser.places import ROLES, places
from tests.gateway.door import Door, Practice
from tests.gateway.visitor import Visitor
from tests.world.world import World

BANNER = page_texts("en")["demo_banner"]


@pytest.mark.parametrize("role", [role for role in ROLES if role != "public"])
def test_every_page_of_a_demo_says_so(lived_in: LivedIn, role: str) -> None:
    door = lived_in.clinic.door
    visitor = Visitor(door, cookie=lived_in.cookies[role])
    here = [one.path for one in places(door.app, lived_in.ids) if one.role == role]
    silent = [path for path in [*here, "/nowhere"] if BANNER not in visitor.get(path).text]
    assert silent == []
    assert BANNER not in visitor.post("/exit").text, "the quick exit says nothing at all"


@pytest.mark.parametrize("is_demo", [True, False])
def test_so_do_the_pages_of_who_is_not_signed_in(world: World, is_demo: bool) -> None:
    door = Door(world, world.sides["gateway"].app)
    practice: Practice = door.create_practice(is_demo=is_demo)
    for path in (
        f"/sign-in?practice={practice.slug}",
        f"/recovery?practice={practice.slug}",
        f"/p/{practice.slug}",
        f"/p/{practice.slug}/thanks",
    ):
        assert (BANNER in Visitor(door).get(path).text) is is_demo, path
