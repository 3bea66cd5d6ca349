"""The API's reference: every operation of the merged document, as plain HTML."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response

from services.gateway.pages import bp
from services.gateway.pages.frame import page
from services.gateway.reference import VERBS, Document, whole_document


@dataclass(frozen=True)
class Operation:
    """One row. `body` and `answer` list a schema's fields: name, what it is, whether it must be there."""

    method: str
    path: str
    summary: str
    scope: str
    is_open: bool
    is_outgoing: bool
    parameters: list[tuple[str, str, bool]]
    body: list[tuple[str, str, bool]]
    answer: list[tuple[str, str, bool]]
    status: str


@bp.get("/ops/api")
def show_reference() -> Response:
    document = whole_document()
    by_service: dict[str, list[Operation]] = {}
    for path, item in sorted(document["paths"].items()):
        for verb in VERBS:
            if verb in item:
                one = _operation(document, path, verb, item)
                by_service.setdefault(item[verb]["tags"][0], []).append(one)
    return page("ops/reference.html", by_service=by_service)


def _operation(document: Document, path: str, verb: str, item: Document) -> Operation:
    made = item[verb]
    parameters = [
        _resolved(document, one) for one in (*item.get("parameters", []), *made.get("parameters", []))
    ]
    status, answer = next(
        ((code, one) for code, one in made["responses"].items() if code.startswith("2")), ("", {})
    )
    keys = [one["apiKey"][0] for one in made["security"] if "apiKey" in one]
    return Operation(
        method=verb.upper(),
        path=path,
        summary=made.get("summary", ""),
        scope=keys[0] if keys else "",
        is_open=not made["security"],
        is_outgoing=bool(made.get("deprecated")),
        parameters=[
            (one["name"], _kind(one.get("schema", {})), bool(one.get("required"))) for one in parameters
        ],
        body=_fields(document, made.get("requestBody", {})),
        answer=_fields(document, answer),
        status=status,
    )


def _fields(document: Document, holder: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    schema = holder.get("content", {}).get("application/json", {}).get("schema", {})
    described = _resolved(document, schema)
    needed = described.get("required", [])
    return [(name, _kind(one), name in needed) for name, one in described.get("properties", {}).items()]


def _resolved(document: Document, value: Document) -> Document:
    if "$ref" not in value:
        return value
    _, _, kind, name = value["$ref"].split("/")
    found: Document = document["components"][kind][name]
    return found


def _kind(schema: Mapping[str, Any]) -> str:
    """A schema in a word or two: `uuid`, `string or null`, `list of BookingView`, one of its values."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition(".")[2]
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    kinds = schema.get("type", "object")
    names = [kinds] if isinstance(kinds, str) else list(kinds)
    return " | ".join(
        str(schema["format"]) if one == "string" and "format" in schema else one for one in names
    )
