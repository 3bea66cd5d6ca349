"""Addresses and fields that no page of ours makes: a page that says so, never an error of ours."""

from tests.gateway.door import Door
from tests.gateway.visitor import Visitor


def test_a_real_practice_offers_no_demo(door: Door) -> None:
    demo, real = door.create_practice(), door.create_practice(is_demo=False)
    demo.join_staff("front_desk", name="Fay")
    page = Visitor(door).get(f"/sign-in?practice={real.slug}").text
    assert "nobody here is real" not in page
    assert 'action="/demo/sign-in"' not in page
    assert f'name="practice" value="{real.slug}"' in page
    assert "nobody here is real" in Visitor(door).get(f"/sign-in?practice={demo.slug}").text
