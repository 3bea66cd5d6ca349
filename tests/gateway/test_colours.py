"""A practice's own colour is worn in shades that can be read; the figures are those of WCAG's own examples."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway import colours
from services.gateway.pages.files import STATIC
from tests.gateway.door import Door, Practice
from tests.gateway.visitor import Visitor

HEXES = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@pytest.fixture
def admin(door: Door, practice: Practice) -> Visitor:
    return Visitor(door, cookie=practice.sign_in(practice.join_staff("practice_admin", name="Ada")))


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#ff0000", "#ffffff", 4.0)],
)
def test_contrast_is_as_wcag_defines_it(one: str, other: str, ratio: float) -> None:
    assert colours.contrast(one, other) == pytest.approx(ratio, abs=0.005)


@given(HEXES)
def test_whatever_they_choose_can_be_read(colour: str) -> None:
    tokens = (STATIC / "tokens.css").read_text()
    for at, shade in enumerate((colours.light(colour), colours.dark(colour))):
        for name in ("paper", "surface", "sunken"):
            ground = re.findall(rf"--{name}: light-dark\((#\w+), (#\w+)\)", tokens)[0][at]
            assert colours.contrast(shade.action, ground) >= 4.5
        assert colours.contrast(shade.action, shade.soft) >= 4.5
        assert colours.contrast(shade.action, shade.on_action) >= 4.5
        for text in ("ink", "muted"):
            on_soft = re.findall(rf"--{text}: light-dark\((#\w+), (#\w+)\)", tokens)[0][at]
            assert colours.contrast(on_soft, shade.soft) >= 4.5, "the lead stands on it"


def test_a_colour_that_can_be_read_is_worn_as_it_is() -> None:
    assert colours.light("#3f6b5c").action == "#3f6b5c"
    assert colours.light("#ffe14d").action != "#ffe14d"


def test_an_admin_chooses_it_and_the_public_page_wears_it(
    door: Door, practice: Practice, admin: Visitor
) -> None:
    public = f"/p/{practice.slug}"
    assert "colour.css" not in Visitor(door).get(public).text
    assert Visitor(door).get(f"{public}/colour.css").status_code == 404
    admin.get("/practice")
    assert admin.post("/practice/colour", {"colour": "#FFE14D"}).status_code == 303
    assert 'value="#ffe14d"' in admin.get("/practice").text
    visitor = Visitor(door)
    (address,) = re.findall(r'href="([^"]*colour\.css[^"]*)"', visitor.get(public).text)
    sheet = visitor.get(address)
    assert sheet.mimetype == "text/css"
    assert "immutable" in sheet.headers["Cache-Control"]
    assert sheet.text == colours.style_sheet("#ffe14d")
    assert visitor.get(f"{public}/colour.css?v=000000").headers["Cache-Control"] == "no-cache"
    admin.get("/practice")
    assert admin.post("/practice/colour", {"colour": "#ffe14d", "reset": "yes"}).status_code == 303
    assert "colour.css" not in Visitor(door).get(public).text


def test_what_is_no_colour_is_said_beside_the_field(practice: Practice, admin: Visitor) -> None:
    admin.get("/practice")
    wrong = admin.post("/practice/colour", {"colour": "red; } body { display: none"})
    assert wrong.status_code == 422
    assert 'id="f-colour-error"' in wrong.text
