"""Inviting as the tests play it: notify's stand-in, and the calls of staff and of the invited partner."""

import json
from typing import Any
from uuid import UUID, uuid4

import httpx

from tests.gateway.door import Practice


class Notify:
    """A stand-in for notify that keeps what it is given, by idempotency key."""

    def __init__(self) -> None:
        self.contacts: dict[str, UUID] = {}
        self.messages: dict[str, dict[str, Any]] = {}
        self.is_down_for: set[str] = set()
        self.is_refused = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        noun = request.url.path.rsplit("/", 1)[-1]
        if noun in self.is_down_for:
            raise httpx.ReadError("reset")
        if noun == "contacts":
            contact_id = self.contacts.setdefault(request.headers["Idempotency-Key"], uuid4())
            return httpx.Response(201, json={"contact_id": str(contact_id)})
        if noun == "messages" and self.is_refused:
            refused = {"code": "address_refused", "status": 409, "type": "about:blank"}
            kind = {"Content-Type": "application/problem+json"}
            return httpx.Response(409, content=json.dumps(refused), headers=kind)
        if noun == "messages":
            self.messages.setdefault(request.headers["Idempotency-Key"], json.loads(request.content))
            return httpx.Response(201, json={"delivery_id": str(uuid4())})
        return httpx.Response(200, json={})

    @property
    def links(self) -> list[str]:
        return [one["link"] for one in self.messages.values()]


def invite(
    clinic: Practice,
    staff: dict[str, str],
    person_id: UUID,
    key: str | None = None,
    *,
    email: str = "ana@example.org",
) -> Any:
    """A member of staff invites a partner."""
    body = {"person_id": str(person_id), "email": email}
    return clinic.door.post("/api/v1/invitations", body, headers=staff, key=key)


def accept(clinic: Practice, link: str, key: str | None = None) -> Any:
    """Whoever holds the link takes it up."""
    return clinic.door.post("/api/v1/invitations/accept", {"token": link.rsplit("/", 1)[-1]}, key=key)
