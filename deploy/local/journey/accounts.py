"""Signing in, and coming back in when a session has run out."""

from collections.abc import Callable, Sequence
from typing import Any

from deploy.local.journey.client import Client
from deploy.local.journey.people import Person

MakeClient = Callable[..., Client]
"""Makes a client as `Client` does; a test's may be more patient, or take note of what is asked."""


class Door:
    """The sign-in of one demo practice."""

    def __init__(self, url: str, slug: str, make_client: MakeClient = Client) -> None:
        self._url, self._slug, self._make_client = url, slug, make_client
        self._public = make_client(url)

    def sign_in(self, person_id: str) -> str:
        """A new session of a demo account, as the value of an Authorization header."""
        session = self._public.make("/demo/sign-in", {"practice": self._slug, "person_id": person_id})
        return f"Bearer {session['token']}"

    def client(self, person_id: str, authorization: str | None = None) -> Client:
        """A client for somebody who has an account; signed in now unless they are."""
        return self._make_client(
            self._url,
            authorization=authorization or self.sign_in(person_id),
            renew=lambda: self.sign_in(person_id),
        )

    def add_staff(self, by: Client, display_name: str, address: str, roles: Sequence[str]) -> Person:
        """Have somebody join the practice and sign in."""
        body = {"display_name": display_name, "roles": list(roles), "email": address}
        joined: Any = by.make("/staff", body)
        return Person(joined["person_id"], display_name, address, self.client(joined["person_id"]))
