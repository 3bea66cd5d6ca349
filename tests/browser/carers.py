"""Somebody in care with a browser of their own."""

from uuid import UUID

from services.gateway.identity import COOKIE
from tests.browser.person import Person
from tests.gateway.pages.care import Care, sign_in


def sign_in_as(one: Person, care: Care, person_id: UUID) -> str:
    """Sign a partner in, without the way through an invitation; the value of their cookie."""
    cookie = sign_in(care.door, care.couple.practice, person_id)
    secure = one.site.url.replace("http://", "https://")
    one.context.add_cookies(
        [
            {
                "name": COOKIE,
                "value": cookie,
                "url": secure,
                "secure": True,
                "httpOnly": True,
                "sameSite": "Lax",
            }
        ]
    )
    return cookie
