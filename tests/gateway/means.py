"""People of a practice that is no demo, as they come in and set up how they sign in."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pyotp

from tests.gateway.authenticator import Authenticator
from tests.gateway.door import Practice, bearer
from tests.gateway.inviting import Notify, accept, invite

EMAIL = "ana@example.org"


@dataclass
class Human:
    """Somebody with a browser: a token, a device that holds a passkey, an app that shows codes."""

    practice: Practice
    person_id: UUID
    token: str
    device: Authenticator = field(default_factory=Authenticator)
    secret: str = ""
    recovery_codes: list[str] = field(default_factory=list)

    def get(self, path: str) -> Any:
        return self.practice.door.get(f"/api/v1{path}", headers=bearer(self.token))

    def post(self, path: str, body: Any = None, **kw: Any) -> Any:
        return self.practice.door.post(f"/api/v1{path}", body, headers=bearer(self.token), **kw)

    def add_passkey(self, device: Authenticator | None = None, name: str = "Phone") -> Any:
        """The whole ceremony; a new token is taken up."""
        begun = self.post("/me/passkeys/challenge")
        if begun.status_code != 201:
            return begun
        credential = (device or self.device).create(begun.json["options"])
        body = {"challenge_id": begun.json["challenge_id"], "name": name, "credential": credential}
        return self._taken(self.post("/me/passkeys", body))

    def add_codes(self, email: str = EMAIL) -> Any:
        """A one-time password, with the code of the step before: the one of now can then still be used."""
        begun = self.post("/me/one-time-password")
        if begun.status_code != 201:
            return begun
        self.secret = begun.json["key"].replace(" ", "")
        done = self._taken(
            self.post("/me/one-time-password/confirm", {"code": self.code(-1), "email": email})
        )
        if done.status_code == 200:
            self.recovery_codes = done.json["recovery_codes"]
        return done

    def code(self, steps: int = 0) -> str:
        """What the app shows now, or so many steps of 30 s later."""
        at = self.practice.door.world.clock() + timedelta(seconds=30 * steps)
        return pyotp.TOTP(self.secret).at(at)

    def _taken(self, answer: Any) -> Any:
        if answer.status_code < 300 and answer.json.get("sign_in"):
            self.token = answer.json["sign_in"]["token"]
        return answer


def real_practice(clinic: Practice) -> Practice:
    """A practice at the same gateway that is no demo."""
    return clinic.door.create_practice(is_demo=False)


def comes_by_invitation(
    practice: Practice, notify: Notify, *, email: str = EMAIL, person_id: UUID | None = None
) -> Human:
    """A partner who has just followed their invitation."""
    who = person_id or practice.register_partner()
    desk = at_work(practice, notify, "front_desk")
    made = invite(practice, bearer(desk.token), who, email=email)
    assert made.status_code == 201, made.text
    accepted = accept(practice, notify.links[-1])
    assert accepted.status_code == 201, accepted.text
    return Human(practice, who, accepted.json["token"])


def comes_to_work(practice: Practice, notify: Notify, *roles: str) -> Human:
    """A member of staff who has just followed the link that the operator had sent."""
    who, operator = practice.join_staff(*roles), practice.door.operator(practice.slug)
    sent = practice.door.post(f"/api/v1/staff/{who}/invitations", headers=operator)
    assert sent.status_code == 201, sent.text
    accepted = accept(practice, notify.links[-1])
    assert accepted.status_code == 201, accepted.text
    return Human(practice, who, accepted.json["token"])


def at_work(practice: Practice, notify: Notify, *roles: str) -> Human:
    """The same, with a passkey."""
    human = comes_to_work(practice, notify, *roles)
    added = human.add_passkey()
    assert added.status_code == 201, added.text
    return human


def sign_in_typed(practice: Practice, by: str, secret: str, *, email: str = EMAIL, **kw: Any) -> Any:
    body = {"practice": practice.slug, "email": email, "by": by, "secret": secret}
    return practice.door.post("/api/v1/sign-in/typed", body, **kw)


def sign_in_by_passkey(practice: Practice, device: Authenticator) -> Any:
    begun = practice.door.post("/api/v1/sign-in/passkey/challenge", {"practice": practice.slug})
    assert begun.status_code == 201, begun.text
    body = {
        "practice": practice.slug,
        "challenge_id": begun.json["challenge_id"],
        "credential": device.get(begun.json["options"]),
    }
    return practice.door.post("/api/v1/sign-in/passkey", body)
