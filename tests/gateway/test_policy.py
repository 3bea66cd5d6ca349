"""Every route × every role: who is not admitted can't tell that the route is there (rule P2)."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from flask import Flask

from services.gateway.policy import OPTIONAL_SIGN_IN, POLICY
from shared.web.actor import PUBLIC, STAFF
from tests.gateway.door import Door, Practice
from tests.gateway.test_pages import partner_cookie
from tests.world.world import World

pytestmark = pytest.mark.P2
WRITES = {"POST", "PUT", "PATCH", "DELETE"}


CLINICIANS = {"practitioner", "prescriber", "facilitator"}
DESK = {"front_desk", "practice_admin"}
MAY = {
    "create_practice": {"operator"},
    "show_practice": {"operator"},
    "join_staff": {"operator", "practice_admin"},
    "list_staff": CLINICIANS | DESK,
    "sign_out": CLINICIANS | DESK | {"partner"},
    "show_me": CLINICIANS | DESK | {"partner"},
    "forward_clock": {"operator", "practice_admin"},
    "show_clock": CLINICIANS | DESK | {"partner", "operator"},
    "show_mailbox": {"operator"},
    "invite_partner": CLINICIANS | DESK,
    "list_invitations": DESK,
    "make_key": {"practice_admin"},
    "list_keys": {"practice_admin"},
    "revoke_key": {"practice_admin"},
    "show_keys": {"practice_admin"},
    "forward": CLINICIANS | DESK | {"partner", "operator"},
}
"""Said a second time, by hand, so that a rule that grows wider does not go unseen. The rest is the public's."""


def test_the_rules_are_these() -> None:
    asked = {name.split(".")[1]: set(rule.roles) for name, rule in POLICY.items() if PUBLIC not in rule.roles}
    assert asked == MAY


def routes(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Endpoint, method and a path of every route."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in POLICY:
            continue
        values = {"service": "intake", "enquiry_id": UUID(int=0)}
        path = rule.build({name: values.get(name, "nothing") for name in rule.arguments})[1]  # type: ignore[index]
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, path


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
