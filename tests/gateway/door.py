"""The gateway as its callers meet it, with the world's real services behind it or with stand-ins."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import httpx
from flask import Flask

from services.gateway.app import create_app
from services.gateway.upstream import Upstream
from shared.events.intake import CareTeamChanged, CoupleRegistered
from shared.web.actor import Signer
from tests.world.world import World

Handler = Callable[[httpx.Request], httpx.Response]
HERE = {"Origin": "http://localhost"}


@dataclass
class Door:
    """One gateway application."""

    world: World
    app: Flask

    def get(self, path: str, **kw: Any) -> Any:
        return self.open("GET", path, **kw)

    def post(self, path: str, body: Any = None, *, key: str | None = None, **kw: Any) -> Any:
        headers = {"Idempotency-Key": key or secrets.token_hex(16), **kw.pop("headers", {})}
        return self.open("POST", path, json={} if body is None else body, headers=headers, **kw)

    def open(self, method: str, path: str, **kw: Any) -> Any:
        client = kw.pop("client", None) or self.app.test_client(use_cookies=False)
        return client.open(path, method=method, **kw)

    def operator(self, slug: str | None = None, key: str | None = None) -> dict[str, str]:
        """Headers of the operator, in a practice."""
        headers = {"Authorization": f"Operator {key or self.world.operator_key}"}
        return {**headers, "Attune-Practice": slug} if slug else headers

    def create_practice(self, *, is_demo: bool = True) -> "Practice":
        slug = f"p-{secrets.token_hex(6)}"
        body = {"name": "Oak Practice", "slug": slug, "zone": "America/Denver", "is_demo": is_demo}
        made = self.post("/api/v1/practices", body, headers=self.operator())
        assert made.status_code == 201, made.text
        self.world.pump()
        return Practice(self, UUID(made.json["practice_id"]), slug)


@dataclass
class Practice:
    """A practice made through the door, and its people."""

    door: Door
    id: UUID
    slug: str
    tokens: dict[UUID, str] = field(default_factory=dict)

    def join_staff(self, *roles: str, name: str = "Ines") -> UUID:
        body = {"display_name": name, "roles": list(roles), "email": f"{secrets.token_hex(4)}@example.org"}
        made = self.door.post("/api/v1/staff", body, headers=self.door.operator(self.slug))
        assert made.status_code == 201, made.text
        return UUID(made.json["person_id"])

    def sign_in(self, person_id: UUID) -> str:
        body = {"practice": self.slug, "person_id": str(person_id)}
        made = self.door.post("/api/v1/demo/sign-in", body)
        assert made.status_code == 201, made.text
        return str(made.json["token"])

    def signed_in(self, *roles: str) -> dict[str, str]:
        """Headers of a new member of staff."""
        return bearer(self.sign_in(self.join_staff(*roles)))

    def register_partner(self) -> UUID:
        """A partner as the gateway learns of one from intake's event."""
        person_id = uuid4()
        self.door.world.tell(self.id, CoupleRegistered(couple_id=uuid4(), partner_ids=(person_id,)))
        return person_id

    def register_couple(self, *care_team: UUID) -> tuple[UUID, UUID, UUID]:
        """A couple that these people treat: its id and both partners'."""
        couple_id, one, other = uuid4(), uuid4(), uuid4()
        self.door.world.tell(
            self.id,
            CoupleRegistered(couple_id=couple_id, partner_ids=(one, other)),
            CareTeamChanged(couple_id=couple_id, practitioner_ids=care_team),
        )
        return couple_id, one, other


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def door_to(
    world: World, handlers: Mapping[str, Handler], *, patience_s: float = 0.0, **changed: Any
) -> Door:
    """A gateway whose services are stand-ins: each a function from request to response, or one that raises."""
    settings = replace(world.sides["gateway"].settings, **changed)
    app = create_app(settings, world.clock, apps={})
    assert settings.actor_private_key is not None
    app.extensions["attune_database"].close()
    app.extensions["attune_database"] = world.sides["gateway"].app.extensions["attune_database"]
    app.extensions["gateway_upstream"] = Upstream(
        dict.fromkeys(handlers, "http://10.9.8.7:5"),
        signer=Signer(settings.actor_private_key),
        clock=world.clock,
        transports={name: httpx.MockTransport(handler) for name, handler in handlers.items()},
        patience_s=patience_s,
        pause=lambda _: None,
    )
    return Door(world, app)
