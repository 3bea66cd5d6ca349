"""The forms of signing in say what is wrong beside the field, and keep what was typed but for secrets."""

import html
import re
from typing import Any

import pytest

from tests.gateway.door import Practice
from tests.gateway.inviting import Notify
from tests.gateway.means import EMAIL, Human, at_work, comes_by_invitation
from tests.gateway.visitor import Visitor


def beside(answer: Any, field: str) -> str:
    """The sentence beside a field; the field says that it is there."""
    page = answer.text
    ((words),) = re.findall(rf'id="f-{field}-error">.*?</svg>([^<]+)</p>', page)
    assert re.search(
        rf'id="f-{field}"[^>]*aria-describedby="[^"]*f-{field}-error"[^>]*aria-invalid="true"', page
    )
    return html.unescape(words)


def typed(answer: Any, field: str) -> str:
    return html.unescape(re.findall(rf'id="f-{field}"[^>]* value="([^"]*)"', answer.text)[0])


@pytest.fixture
def newcomer(real: Practice, notify: Notify) -> Visitor:
    """A partner who sets up their first way in, at a practice that takes passwords."""
    real.door.post(
        "/api/v1/practice/sign-in/passwords",
        {"is_password_allowed": True},
        headers=real.door.operator(real.slug),
    )
    human: Human = comes_by_invitation(real, notify)
    visitor = Visitor(real.door, cookie=human.token)
    visitor.get("/ways-in")
    return visitor


def test_a_code_and_an_address_that_do_not_fit(newcomer: Visitor) -> None:
    newcomer.post("/ways-in/codes")
    wrong = newcomer.post("/ways-in/codes/confirm", {"email": EMAIL, "code": "000000"})
    assert "This code doesn’t fit" in beside(wrong, "code")
    assert typed(wrong, "email") == EMAIL
    other = newcomer.post("/ways-in/codes/confirm", {"email": "other@example.org", "code": "000000"})
    assert beside(other, "email")
    assert typed(other, "email") == "other@example.org"


def test_a_password_that_will_not_do(newcomer: Visitor) -> None:
    short = newcomer.post("/ways-in/password", {"email": EMAIL, "password": "short-one"})
    assert "12 letters or more" in beside(short, "password")
    assert "short-one" not in short.text
    assert typed(short, "email") == EMAIL
    long = newcomer.post("/ways-in/password", {"email": EMAIL, "password": "x" * 201})
    assert "12 letters or more" in beside(long, "password")
    easy = newcomer.post("/ways-in/password", {"email": "elaborate@example.org", "password": "elaborate-one"})
    assert "easy to guess" in beside(easy, "password")
    assert newcomer.get("/today").headers["Location"] == "/ways-in", "none of them was set"


def test_a_passkey_that_was_not_added_keeps_its_name(newcomer: Visitor) -> None:
    wrong = newcomer.post("/ways-in/passkeys", {"name": "Blue <phone>", "credential": "{}"})
    assert typed(wrong, "name") == "Blue <phone>"


@pytest.mark.parametrize("slug", ["nowhere-at-all", "No Such One"])
def test_a_practice_that_is_none_is_said_beside_its_name(real: Practice, slug: str) -> None:
    asked = Visitor(real.door)
    asked.get("/recovery")
    wrong = asked.post("/recovery", {"practice": slug})
    assert "no practice by this name" in beside(wrong, "practice")
    assert typed(wrong, "practice") == slug


def test_a_code_that_was_not_heard_right(real: Practice, notify: Notify) -> None:
    admin, lost = at_work(real, notify, "practice_admin"), at_work(real, notify, "front_desk")
    visitor = Visitor(real.door, cookie=admin.token)
    visitor.get("/back-in")
    wrong = visitor.post("/back-in", {"person_id": str(lost.person_id), "code": "AAAAAAAAAA"})
    assert "This code doesn’t fit" in beside(wrong, "code")
    assert typed(wrong, "code") == "AAAAAAAAAA"
    assert f'value="{lost.person_id}" selected' in wrong.text
