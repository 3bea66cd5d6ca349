"""Every route of an app as its URL map and its OpenAPI document tell of it, and bodies that would fit."""

import importlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from flask import Flask
from werkzeug.routing import Rule

from shared.web.operators import operators_policy
from shared.web.policy import EVERYBODY, OPEN_ENDPOINTS

SAYABLE = {
    "by": "one_time_password",
    "colour": "#3f6b5c",
    "decision": "ready",
    "email": "ana@example.org",
    "from_time": "09:00",
    "issuer": "http://localhost:9",
    "jurisdiction": "US-CO",
    "practice": "no-such-practice",
    "quiet_from": "22:00",
    "quiet_until": "07:00",
    "slug": "a-new-practice",
    "starts_at": "2031-05-04T15:30:00+00:00",
    "until_time": "17:00",
    "zone": "America/Denver",
}
"""Values by a field's name, where its description alone does not say what fits."""
BY_FORMAT = {
    "date": "2031-05-04",
    "date-time": "2031-05-04T15:30:00+00:00",
    "email": "ana@example.org",
    "time": "09:00",
}


@dataclass(frozen=True)
class Route:
    """One method of one route."""

    service: str
    endpoint: str
    method: str
    rule: Rule
    roles: frozenset[str]
    body: Mapping[str, Any] = field(default_factory=dict)  # a body that fits, of every field there is
    parameters: frozenset[str] = frozenset()
    is_form: bool = False
    has_schema: bool = False
    is_list: bool = False  # it answers with `items`

    def path(self, **values: str) -> str:
        """A path with ids that lead nowhere, but for the values given (as they are, unquoted)."""
        made = {name: values.get(name) or _plausible_value(self.rule, name) for name in self.rule.arguments}
        return re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda part: made[part[1]], self.rule.rule)

    @property
    def ids(self) -> list[str]:
        """Names of the ids in its path."""
        converters = self.rule._converters
        return sorted(name for name, one in converters.items() if type(one).__name__ == "UUIDConverter")

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule}"


def _answers_with_items(document: Any, operation: Mapping[str, Any]) -> bool:
    answer = operation.get("responses", {}).get("200", {})
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return "items" in document["components"]["schemas"].get(name, {}).get("properties", {})


def routes_of(service: str, app: Flask) -> Iterator[Route]:
    """Every route of an app that has a policy. The gateway's passing-on appears as intake's registering."""
    policy = {**importlib.import_module(f"services.{service}.policy").POLICY, **operators_policy(service)}
    document: Any = app.test_client().get("/openapi.json").json
    for rule in app.url_map.iter_rules():
        if rule.endpoint in OPEN_ENDPOINTS:
            continue
        described = document["paths"].get(re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule), {})
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            operation = described.get(method.lower(), {})
            yield Route(
                service=service,
                endpoint=rule.endpoint,
                method=method,
                rule=rule,
                roles=policy.get(rule.endpoint, EVERYBODY).roles,
                body=_fitting_body(document, operation),
                parameters=frozenset(one["name"] for one in operation.get("parameters", [])),
                is_form=rule.endpoint.startswith("pages."),
                has_schema="requestBody" in operation,
                is_list=_answers_with_items(document, operation),
            )


def _fitting_body(document: Mapping[str, Any], operation: Mapping[str, Any]) -> dict[str, Any]:
    asked = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return dict(_fitting(document, "", asked)) if asked else {}


def _fitting(document: Mapping[str, Any], name: str, schema: Mapping[str, Any]) -> Any:
    """A value that the schema admits."""
    if "$ref" in schema:
        return _fitting(document, name, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if name in SAYABLE:
        return SAYABLE[name]
    if "enum" in schema:
        return [value for value in schema["enum"] if value is not None][-1]
    kinds = schema.get("type", "object")
    kind = kinds if isinstance(kinds, str) else next(one for one in kinds if one != "null")
    if kind == "object":
        return {key: _fitting(document, key, inner) for key, inner in schema.get("properties", {}).items()}
    if kind == "array":
        return [_fitting(document, "", schema["items"])]
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return True
    if schema.get("format") == "uuid":
        return str(uuid4())
    return BY_FORMAT.get(schema.get("format", ""), "words".ljust(schema.get("minLength", 0), "s"))


def _plausible_value(rule: Rule, name: str) -> str:
    converter: Any = rule._converters[name]
    if hasattr(converter, "items"):
        return str(min(converter.items))
    if type(converter).__name__ == "IntegerConverter":
        return "1"
    return str(uuid4()) if type(converter).__name__ == "UUIDConverter" else "nothing"
