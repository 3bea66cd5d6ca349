"""The merged document: valid OpenAPI 3.1, all that is forwarded and nothing else; and what each route is for keys."""

import importlib
import re
from typing import Any

import httpx
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from services.gateway.api_routes import BASE, ApiRoute
from services.gateway.domain import stays_inside
from services.gateway.scopes import CLINICAL, NOT_FOR_KEYS, scope_of
from shared.settings import SERVICES
from tests.gateway.door import Door, door_to
from tests.world.world import World

FORWARDED = [name for name in SERVICES if name != "gateway"]
VERBS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def document(world: World) -> dict[str, Any]:
    answer = Door(world, world.sides["gateway"].app).get("/api/v1/openapi.json")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def routes(world: World, service: str) -> list[tuple[str, ApiRoute]]:
    """Endpoint and route of all that a service answers below its own path."""
    found = []
    for rule in world.sides[service].app.url_map.iter_rules():
        path = re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule)
        if path.startswith(f"{BASE}{service}/"):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                found.append((rule.endpoint, ApiRoute(method, path.removeprefix(BASE))))
    assert found
    return found


def is_forwarded(one: ApiRoute) -> bool:
    service, _, below = one.template.partition("/")
    return not stays_inside(service, below)


def test_it_is_valid_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert [str(error) for error in OPENAPI_31_VALIDATOR.iter_errors(document)] == []
    broken = {**document, "paths": {"no-slash": {}}}
    assert not OPENAPI_31_VALIDATOR.is_valid(broken), "the check can fail"


def test_every_reference_leads_somewhere_and_every_operation_has_a_name_of_its_own(
    document: dict[str, Any],
) -> None:
    for reference in _references(document):
        _, _, kind, name = reference.split("/")
        assert name in document["components"][kind], reference
    names = [
        one["operationId"]
        for item in document["paths"].values()
        for verb, one in item.items()
        if verb in VERBS
    ]
    assert len(names) == len(set(names)) > 60


def test_every_forwarded_route_is_in_it_and_nothing_that_stays_inside(
    document: dict[str, Any], world: World
) -> None:
    described = {
        (verb.upper(), path)
        for path, item in document["paths"].items()
        for verb in item.keys() & VERBS
        if path.split("/")[3] in FORWARDED
    }
    served = {
        (one.method, f"{BASE}{one.template}")
        for service in FORWARDED
        for _, one in routes(world, service)
        if is_forwarded(one)
    }
    assert described == served
    inside = (f"{BASE}notify/contacts", f"{BASE}notify/messages")
    assert not [path for path in document["paths"] if "/ops/" in path or path.startswith(inside)]


def test_of_the_gateways_own_it_has_what_people_use_and_nothing_of_operators(
    document: dict[str, Any],
) -> None:
    for path in ("/api/v1/me", "/api/v1/staff", "/api/v1/keys", "/api/v1/p/{slug}/enquiries"):
        assert path in document["paths"]
    for path in ("/api/v1/practices", "/api/v1/practices/{slug}", "/api/v1/demo/mailbox"):
        assert path not in document["paths"]
    assert document["paths"]["/api/v1/p/{slug}/enquiries"]["post"]["security"] == []
    assert document["paths"]["/api/v1/me"]["get"]["security"] == [{"signIn": []}]
    booking = document["paths"]["/api/v1/sessions/bookings"]
    assert booking["post"]["security"] == [{"signIn": []}, {"apiKey": ["bookings:write"]}]
    assert {"$ref": "#/components/parameters/IdempotencyKey"} in booking["post"]["parameters"]
    assert booking["post"]["responses"]["default"] == {"$ref": "#/components/responses/Problem"}


@pytest.mark.P2
def test_every_forwarded_route_is_in_a_scope_or_named_as_not_for_keys(world: World) -> None:
    for service in FORWARDED:
        for _, one in routes(world, service):
            if is_forwarded(one):
                reasons = [
                    why for why, group in NOT_FOR_KEYS.items() if any(two.covers(one) for two in group)
                ]
                assert (scope_of(one) is not None) != bool(reasons), (str(one), reasons)


@pytest.mark.P2
def test_what_is_written_down_as_clinical_is_in_no_scope(world: World) -> None:
    seen = 0
    for service in FORWARDED:
        policy = importlib.import_module(f"services.{service}.policy").POLICY
        for endpoint, one in routes(world, service):
            if endpoint in policy and policy[endpoint].audit is not None:
                assert scope_of(one) is None, str(one)
                seen += 1
    assert seen > 30


def test_a_route_that_is_named_is_there(world: World) -> None:
    served = {one for service in FORWARDED for _, one in routes(world, service)}
    from services.gateway.scopes import SCOPES

    for group in SCOPES.values():
        assert set(group) <= served
    for why, group in NOT_FOR_KEYS.items():
        for named in group:
            assert any(named.covers(one) for one in served), (why, str(named))
    assert CLINICAL in NOT_FOR_KEYS


def test_a_service_that_was_never_reached_makes_it_unavailable_and_later_ones_do_not(world: World) -> None:
    is_down = [True]

    def service(request: httpx.Request) -> httpx.Response:
        if is_down[0]:
            raise httpx.ConnectError("refused")
        assert request.url.path == "/openapi.json"
        return httpx.Response(
            200, json={"paths": {"/api/v1/intake/x": {"get": {"responses": {"200": {}}}}}, "components": {}}
        )

    door = door_to(world, {"intake": service})
    door.app.extensions["gateway_reference"]._services = door.app.extensions["gateway_upstream"]
    assert door.get("/api/v1/openapi.json").status_code == 503
    is_down[0] = False
    assert "/api/v1/intake/x" in door.get("/api/v1/openapi.json").json["paths"]
    is_down[0] = True
    door.app.extensions["gateway_reference"]._asked_at = None
    assert "/api/v1/intake/x" in door.get("/api/v1/openapi.json").json["paths"], "as it was last"


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [one for inner in value.values() for one in _references(inner)]
    return [one for inner in value for one in _references(inner)] if isinstance(value, list) else []
