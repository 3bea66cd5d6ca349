"""One OpenAPI document of the whole public API: the services' own, as the gateway serves them, and the gateway's.

Left out: what is never forwarded and what is for operators. Names of schemas get their service before them, and what
all share (problems, keys of requests, versions, ways to sign in) is said once.
"""

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from flask import Response, current_app

from services.gateway import deprecations, domain, policy
from services.gateway.api_routes import BASE, ApiRoute
from services.gateway.scopes import SCOPES, scope_of
from services.gateway.upstream import Upstream
from shared.clock import Clock
from shared.errors import Unavailable
from shared.web.actor import OPERATOR, PUBLIC
from shared.web.policy import Rule

EXTENSION = "gateway_reference"
VERBS = ("get", "post", "put", "patch", "delete")
_KEPT = timedelta(minutes=5)
_KINDS = ("schemas", "responses", "parameters")
_OPERATION = re.compile(r"[^a-z0-9]+")

Document = dict[str, Any]

_PROBLEM: Document = {
    "type": "object",
    "description": "RFC 9457. `code` is stable; title and detail are words for people, in their language.",
    "required": ["type", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "title": {"type": "string"},
        "detail": {"type": "string"},
        "facts": {"type": "object"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
_SHARED: Document = {
    "schemas": {"Problem": _PROBLEM},
    "responses": {
        "Problem": {
            "description": "What went wrong. Missing and not allowed are both 404, with the same bytes.",
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    },
    "parameters": {
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "required": True,
            "description": "Of your choice. The same request sent again with it has its effect once.",
            "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{8,128}$"},
        },
        "IfMatch": {
            "name": "If-Match",
            "in": "header",
            "description": "The ETag of what you saw. Needed where the answer to GET has one.",
            "schema": {"type": "string"},
        },
    },
    "securitySchemes": {
        "signIn": {"type": "http", "scheme": "bearer", "description": "The token of a person's sign-in."},
        "apiKey": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "attune_…",
            "description": "A key that the practice's admin made. It acts as the front desk within its scopes: "
            + ", ".join(SCOPES),
        },
    },
}


class Reference:
    """Asks the services for their documents and keeps the whole for five minutes. One per process; thread-safe."""

    def __init__(self, services: Upstream, clock: Clock) -> None:
        self._services, self._clock = services, clock
        self._lock = threading.Lock()
        self._parts: dict[str, Document] = {}
        self._asked_at: datetime | None = None

    def document(self, own: Callable[[], Document]) -> Document:
        """The whole. A service that is down is described as it was last; Unavailable when it was never asked."""
        with self._lock:
            now = self._clock()
            if self._asked_at is None or not timedelta() <= now - self._asked_at < _KEPT:
                self._ask()
                self._asked_at = now
            parts = dict(self._parts)
        return merged({**parts, "gateway": own()})

    def _ask(self) -> None:
        for name in self._services.names:
            try:
                self._parts[name] = self._services.document(name)
            except Unavailable:
                if name not in self._parts:
                    raise


def whole_document() -> Document:
    """The document of this platform."""
    found: Reference = current_app.extensions[EXTENSION]
    return found.document(_own)


def merged(parts: Mapping[str, Document]) -> Document:
    """One document of several services' documents, by the service's name."""
    whole: Document = {
        "openapi": "3.1.0",
        "info": {"title": "Attune", "version": "v1", "description": "Everything is as of one practice."},
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in sorted(parts)],
        "paths": {},
        "components": {kind: dict(named) for kind, named in _SHARED.items()},
    }
    for service, part in sorted(parts.items()):
        for path, item in sorted(part["paths"].items()):
            if _is_public(service, path) and (shown := _item(service, path, item)):
                whole["paths"][path] = shown
    _take_along(whole, parts)
    return whole


def _is_public(service: str, path: str) -> bool:
    below = path.removeprefix(f"{BASE}{service}/")
    if service == "gateway":
        return not path.startswith(f"{BASE}gateway/")
    return below != path and not domain.stays_inside(service, below)


def _item(service: str, path: str, item: Document) -> Document:
    shown = {name: _renamed(service, value) for name, value in item.items() if name not in VERBS}
    for verb in VERBS:
        if verb in item and (operation := _operation(service, verb, path, item[verb])) is not None:
            shown[verb] = operation
    return shown if set(shown) & set(VERBS) else {}


def _operation(service: str, verb: str, path: str, operation: Document) -> Document | None:
    route = ApiRoute(verb.upper(), path.removeprefix(BASE))
    security: list[Document] = [{"signIn": []}]
    if service == "gateway":
        rule = _rule_of(verb, path)
        if rule is None or rule.roles == {OPERATOR}:
            return None
        if PUBLIC in rule.roles:
            security = []
    elif scope := scope_of(route):
        security.append({"apiKey": [scope]})
    made: Document = _renamed(service, operation)
    made["tags"] = [service]
    made["operationId"] = _OPERATION.sub("_", str(route).lower()).strip("_")
    made["security"] = security
    header = {"post": "IdempotencyKey", "put": "IfMatch"}.get(verb)
    if header:
        parameter = {"$ref": f"#/components/parameters/{header}"}
        made["parameters"] = [*made.get("parameters", []), parameter]
    answers = {code: one for code, one in made.get("responses", {}).items() if code not in ("422", "default")}
    made["responses"] = {**answers, "default": {"$ref": "#/components/responses/Problem"}}
    if any(one.route == route for one in deprecations.OUTGOING):
        made["deprecated"] = True
    return made


def _rule_of(verb: str, path: str) -> Rule | None:
    """The gateway's own rule for a route that its document describes."""
    for rule in current_app.url_map.iter_rules():
        if re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule) == path and verb.upper() in (
            rule.methods or ()
        ):
            return policy.POLICY.get(rule.endpoint)
    return None


def _renamed(service: str, value: Any) -> Any:
    """The same with every reference into the service's own components renamed."""
    if isinstance(value, dict):
        return {
            key: _with_service(service, one) if key == "$ref" else _renamed(service, one)
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [_renamed(service, one) for one in value]
    return value


def _with_service(service: str, reference: str) -> str:
    place, _, name = reference.rpartition("/")
    return f"{place}/{service}.{name}"


def _take_along(whole: Document, parts: Mapping[str, Document]) -> None:
    """Bring the components that are referred to, and those that these refer to."""
    wanted, known = list(_references(whole["paths"])), whole["components"]
    while wanted:
        _, _, kind, name = wanted.pop().split("/")
        service, _, own = name.partition(".")
        if kind not in _KINDS or name in known[kind] or service not in parts:
            continue
        made = _renamed(service, parts[service]["components"][kind][own])
        known[kind][name] = made
        wanted += _references(made)


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            if key == "$ref":
                yield one
            else:
                yield from _references(one)
    elif isinstance(value, list):
        for one in value:
            yield from _references(one)


def _own() -> Document:
    described: Document = cast(Response, current_app.view_functions["api-docs.openapi_json"]()).get_json()
    return described
