"""Somebody in care with a browser of their own."""

from uuid import UUID

from tests.browser.person import Person
from tests.gateway.pages.care import Care, sign_in


def sign_in_as(one: Person, care: Care, person_id: UUID) -> str:
    """Sign a partner in, without the way through an invitation; the value of their cookie."""
    cookie = sign_in(care.door, care.couple.practice, person_id)
    one.let_in(cookie)
    return cookie
