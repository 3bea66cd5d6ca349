"""Every route × every role: who is not admitted can't tell that the route is there (rule P2)."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.routing import Rule

from services.gateway.policy import OPTIONAL_SIGN_IN, POLICY
from shared.web.actor import PUBLIC, STAFF
from tests.gateway.door import Door, Practice
from tests.gateway.rules import MAY
from tests.gateway.test_pages import partner_cookie
from tests.world.world import World

pytestmark = pytest.mark.P2
WRITES = {"POST", "PUT", "PATCH", "DELETE"}


def test_the_rules_are_these() -> None:
    asked = {name: set(rule.roles) for name, rule in POLICY.items() if PUBLIC not in rule.roles}
    said = {
        f"{area}.{name}": set(who)
        for who, areas in MAY.items()
        for area, names in areas.items()
        for name in names.split()
    }
    assert asked == said


def routes(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Endpoint, method and a path of every route."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in POLICY:
            continue
        path = rule.build({name: _any(rule, name) for name in rule.arguments})[1]  # type: ignore[index]
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, path


def _any(rule: Rule, name: str) -> Any:
    """A value that fits into the path and leads nowhere."""
    kinds = {"UUIDConverter": UUID(int=0), "IntegerConverter": 1, "AnyConverter": "intake"}
    return kinds.get(type(rule._converters[name]).__name__, "nothing")


def test_every_role_sees_only_its_own_routes(door: Door, practice: Practice, world: World) -> None:
    callers = {role: practice.signed_in(role) for role in sorted(STAFF)}
    callers["partner"] = {**partner_cookie(world, practice), "Sec-Fetch-Site": "same-origin"}
    callers["operator"] = door.operator(practice.slug)
    absent = door.get("/api/v1/nothing").data
    denied = 0
    for endpoint, method, path in routes(door.app):
        if PUBLIC in POLICY[endpoint].roles:
            continue
        for role, headers in callers.items():
            if role in POLICY[endpoint].roles:
                continue
            body = {} if method in WRITES else None
            answer = door.open(method, path, json=body, headers={**headers, "Idempotency-Key": "0123456789"})
            assert (answer.status_code, answer.data) == (404, absent), (role, method, path)
            denied += 1
    assert denied > 30


def test_whoever_has_not_signed_in_is_asked_to(door: Door) -> None:
    for endpoint, method, path in routes(door.app):
        if PUBLIC in POLICY[endpoint].roles:
            continue
        answer = door.open(method, path, json={} if method in WRITES else None)
        assert (answer.status_code, answer.json["code"]) == (401, "not_signed_in"), (method, path)


def test_only_pages_take_a_visitor_and_a_member_alike() -> None:
    both = {name for name, rule in POLICY.items() if PUBLIC in rule.roles and rule.roles != {PUBLIC}}
    assert both == OPTIONAL_SIGN_IN
