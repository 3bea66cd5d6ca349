"""Somebody of each role at each service's door, and every route there is."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.clock import utcnow
from shared.settings import SERVICES
from shared.web.actor import OPERATOR, PARTNER, PUBLIC, STAFF, Actor
from tests.chassis.routes import Route, routes_of
from tests.gateway.door import Door
from tests.gateway.operating import operator_cookie
from tests.gateway.test_pages import partner_cookie
from tests.world.world import World


@dataclass
class Everybody:
    """One practice, and in it somebody of each role at each service's door."""

    world: World
    practice_id: UUID
    at_the_gateway: dict[str, dict[str, str]]
    routes: list[Route]

    def of(self, service: str, *methods: str) -> Iterator[Route]:
        """The service's routes of these methods."""
        found = [route for route in self.routes if route.service == service and route.method in methods]
        assert found or service != "gateway"
        yield from found

    def send(self, route: Route, path: str | None = None, **kw: Any) -> Any:
        """Ask as a role that the route admits; with an Idempotency-Key where a POST brings none."""
        role = min(route.roles - {PUBLIC}, default=PUBLIC)
        headers = {**self.signed_in(route.service, role), **kw.pop("headers", {})}
        if route.method == "POST":
            headers.setdefault("Idempotency-Key", secrets.token_hex(16))
        client = self.world.sides[route.service].app.test_client(use_cookies=False)
        sent = {name: value for name, value in headers.items() if value is not None}
        return client.open(path or route.path(), method=route.method, headers=sent, **kw)

    def signed_in(self, service: str, role: str) -> dict[str, Any]:
        if service == "gateway":
            return {**self.at_the_gateway[role], "Sec-Fetch-Site": "same-origin"}
        person = UUID(int=0) if role in (PUBLIC, OPERATOR) else uuid4()
        actor = Actor(self.practice_id, person, frozenset({role}))
        return {"Authorization": f"Bearer {self.world.signer.sign(actor, audience=service, now=utcnow())}"}


@pytest.fixture(scope="module")
def everybody(world: World) -> Everybody:
    door = Door(world, world.sides["gateway"].app)
    practice = door.create_practice()
    known = {role: practice.signed_in(role) for role in STAFF}
    known |= {PARTNER: partner_cookie(world, practice), PUBLIC: {}}
    known[OPERATOR] = {**door.operator(practice.slug), **operator_cookie(world)}
    routes = [route for name in SERVICES for route in routes_of(name, world.sides[name].app)]
    registering = next(route for route in routes if route.endpoint == "intake.register_couple")
    routes = [
        replace(one, body=registering.body) if one.endpoint == "edge.forward" else one for one in routes
    ]
    return Everybody(world, practice.id, known, routes)
