"""Schemathesis over each service's own OpenAPI, signed in as each role it is for: whatever comes, no 5xx."""

import re
import secrets
from collections.abc import Iterator
from math import ceil
from typing import Any

import pytest
import schemathesis
from flask import Response, request
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from shared.settings import SERVICES
from tests.chassis.everybody import Everybody
from tests.chassis.routes import Route
from tests.scale import SCALE, Count, told

pytestmark = pytest.mark.timeout(300 + 20_000 * SCALE)
REQUESTS = max(300, round(50_000 * SCALE))  # of all services together


def fuzz(everybody: Everybody, service: str, requests: int, count: Count) -> list[str]:
    """Send so many requests or some more, that fit the document; each answer of 500 or above, in a line.

    Of some operations there are only a few requests: in a soak the others are sent what is left. What fits no
    document is sent by test_every_route.
    """
    app = everybody.world.sides[service].app
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    operations = [found.ok() for found in schema.get_all_operations()]
    routes = {(_described(one.rule.rule), one.method): one for one in everybody.of(service, *_METHODS)}
    found: list[str] = []
    most, goal = max(3, requests // len(operations)), count.tried + requests
    while True:
        varied, begun = [], count.tried
        for operation in operations:
            route, before = routes[operation.path, operation.method.upper()], count.tried
            found += _send(everybody, route, operation.as_strategy(), most, count)
            if count.tried - before >= most:
                varied.append(operation)
        if SCALE == 0 or count.tried >= goal or count.tried == begun:
            return found
        operations = varied or operations
        most = ceil((goal - count.tried) / len(operations))


def _send(everybody: Everybody, route: Route, cases: Any, most: int, count: Count) -> list[str]:
    found: list[str] = []

    @settings(
        max_examples=most,
        derandomize=SCALE == 0,
        database=None,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(cases, st.sampled_from(sorted(route.roles)))
    def send(case: Any, role: str) -> None:
        count.tried += 1
        headers = everybody.signed_in(route.service, role)
        if route.method == "POST":
            headers["Idempotency-Key"] = secrets.token_hex(16)
        answer = case.call(headers=headers)
        if answer.status_code >= 500:
            found.append(f"{route.method} {route.rule.rule} as {role}: {answer.status_code}")

    send()
    return found


_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def _described(rule: str) -> str:
    """A Flask rule as OpenAPI writes it."""
    return re.sub(r"<(?:[^:<>]+:)?(\w+)>", r"{\1}", rule)


@pytest.fixture(scope="module")
def all_services() -> Iterator[Count]:
    with told("fuzz") as count:
        yield count


@pytest.mark.parametrize("service", SERVICES)
def test_no_request_breaks_a_service(everybody: Everybody, all_services: Count, service: str) -> None:
    with told(f"fuzz_{service}", within=all_services) as count:
        found = fuzz(everybody, service, REQUESTS // len(SERVICES), count)
        count.violations = len(found)
        assert found == []


def test_a_planted_failure_is_found(everybody: Everybody) -> None:
    app = everybody.world.sides["notify"].app

    def fail(response: Response) -> Response:
        if request.path != "/openapi.json":
            response.status_code = 500
        return response

    hooks = app.after_request_funcs.setdefault(None, [])
    hooks.append(fail)
    try:
        assert fuzz(everybody, "notify", 1, Count())
    finally:
        hooks.remove(fail)
