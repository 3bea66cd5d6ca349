"""Every route has a rule; a route nobody listed does not start (rule P2)."""

import importlib
import re

import pytest
from flask import Flask
from joserfc.jwk import OKPKey

from shared.settings import SERVICES, Settings
from shared.web.operators import operators_policy
from shared.web.policy import OPEN_ENDPOINTS, check_complete

pytestmark = pytest.mark.P2
WRITES = {"POST", "PUT", "PATCH", "DELETE"}
VERBS = {"get", "post", "put", "patch", "delete"}
NOT_THE_API = {"edge", "pages"}  # what is passed on is described by its service; pages are for people


def app_of(service: str) -> Flask:
    """The service's app; nothing connects before the first request."""
    pair = OKPKey.generate_key("Ed25519")
    settings = Settings(
        service=service,
        database_url="postgresql://nobody@localhost/nothing",
        worker_database_url="postgresql://nobody@localhost/nothing",
        event_log_url="postgresql://nobody@localhost/nothing",
        event_key=bytes(32),
        vault_key=bytes(32),
        cursor_key=bytes(32),
        actor_public_key=pair.as_pem(private=False),
        actor_private_key=pair.as_pem(private=True),
        operator_key="operator",
    )
    made: Flask = importlib.import_module(f"services.{service}.app").create_app(settings)
    return made


@pytest.mark.parametrize("service", SERVICES)
def test_the_url_map_and_the_policy_name_the_same_routes(service: str) -> None:
    app = app_of(service)
    policy = importlib.import_module(f"services.{service}.policy").POLICY
    listed = {rule.endpoint for rule in app.url_map.iter_rules()} - OPEN_ENDPOINTS
    assert listed - set(policy) <= {f"{service}-clock.show_clock", *operators_policy(service)}


def test_a_route_without_a_rule_does_not_start() -> None:
    app = Flask("probe", static_folder=None)
    app.add_url_rule("/forgotten", "forgotten", lambda: "")
    with pytest.raises(LookupError, match="forgotten"):
        check_complete(app, {})


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "gateway"])
def test_nobody_without_a_token_gets_further_than_the_door(service: str) -> None:
    app = app_of(service)
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if rule.endpoint in OPEN_ENDPOINTS:
            continue
        path = rule.build({name: _any(rule, name) for name in rule.arguments})[1]  # type: ignore[index]
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = client.open(path, method=method, json={} if method in WRITES else None)
            assert (answer.status_code, answer.json["code"]) == (401, "not_signed_in"), (method, rule.rule)


@pytest.mark.parametrize("service", SERVICES)
def test_openapi_describes_every_route(service: str) -> None:
    app = app_of(service)
    document = app.test_client().get("/openapi.json").json
    assert document["openapi"].startswith("3.1")
    described = {(path, verb) for path, item in document["paths"].items() for verb in item.keys() & VERBS}
    assert described == {
        (re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in OPEN_ENDPOINTS and rule.endpoint.partition(".")[0] not in NOT_THE_API
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


@pytest.mark.parametrize("service", SERVICES)
def test_openapi_says_of_every_operation_what_it_does_and_answers(service: str) -> None:
    document = app_of(service).test_client().get("/openapi.json").json
    for path, item in document["paths"].items():
        for verb in item.keys() & VERBS:
            operation = item[verb]
            assert operation.get("summary") or operation.get("description"), f"{verb} {path} has a docstring"
            assert any(str(code).startswith("2") for code in operation.get("responses", {})), (verb, path)


def _any(rule: object, name: str) -> object:
    converter = rule._converters[name]  # type: ignore[attr-defined]
    if hasattr(converter, "items"):
        return min(converter.items)
    return "00000000-0000-4000-8000-000000000000" if type(converter).__name__ == "UUIDConverter" else "x"
