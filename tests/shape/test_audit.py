"""Whatever route can show or take clinical words has a rule that says what is written down of it (rule A1)."""

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from marshmallow import Schema, fields

from shared.settings import SERVICES
from shared.web.policy import Rule
from shared.web.schemas import Request, View, Words, clinical
from tests.shape.test_policy import app_of

pytestmark = pytest.mark.A1
CLASSES = {"clinical", "contact", "public"}


def policy_of(service: str) -> dict[str, Rule]:
    return dict(importlib.import_module(f"services.{service}.policy").POLICY)


def sealed_columns(service: str) -> set[str]:
    """Names of the columns that hold sealed bytes."""
    tables = importlib.import_module(f"services.{service}.models").Base.metadata.tables
    return {
        column.name
        for table in tables.values()
        for column in table.columns
        if column.info["data_class"] == "clinical"
    }


def tables_with_sealed_columns(service: str) -> set[str]:
    tables = importlib.import_module(f"services.{service}.models").Base.metadata.tables
    return {
        name
        for name, table in tables.items()
        if any(column.info["data_class"] == "clinical" for column in table.columns)
    }


def fields_of(schema: Any) -> Iterator[tuple[str, fields.Field]]:
    """Every field of a schema, with those of the schemas within it."""
    held: Schema = schema() if isinstance(schema, type) else schema
    for name, field in held.fields.items():
        yield name, field
        inner: Any = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            yield from fields_of(inner.schema)


def schemas_of(view: Any) -> list[Any]:
    """What a route takes and answers with, as it was declared to flask-smorest."""
    declared = getattr(view, "_apidoc", {})
    taken = [one.get("schema") for one in declared.get("arguments", {}).get("parameters", [])]
    return [one for one in taken if one is not None] + shown_by(view)


def shown_by(view: Any) -> list[Any]:
    """What a route answers with."""
    responses = getattr(view, "_apidoc", {}).get("response", {}).get("responses", {}).values()
    shown = [one.get("schema") for several in responses for one in several if isinstance(one, dict)]
    return [one for one in shown if one is not None]


def holds_words(schema: Any, sealed: set[str]) -> bool:
    return any(
        field.metadata.get("data_class") == "clinical"
        or (name in sealed and field.metadata.get("data_class") == "contact")
        for name, field in fields_of(schema)
    )


def needing_audit(service: str) -> set[str]:
    app, sealed = app_of(service), sealed_columns(service)
    return {
        endpoint
        for endpoint, view in app.view_functions.items()
        if any(holds_words(schema, sealed) for schema in schemas_of(view))
    }


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "gateway"])
def test_a_route_that_shows_or_takes_clinical_words_is_audited(service: str) -> None:
    policy = policy_of(service)
    assert [name for name in sorted(needing_audit(service)) if policy[name].audit is None] == []


def test_the_routes_that_need_it_are_found() -> None:
    """Or the test above could not fail."""
    assert {"integration.write_entry", "integration.show_partner_journal"} <= needing_audit("integration")
    assert {"intake.list_readiness", "intake.write_intention_part"} <= needing_audit("intake")
    assert "integration.list_own_journeys" not in needing_audit("integration")
    own = {"notify.list_own_contacts", "notify.mark_contact"}
    assert needing_audit("notify") == {"notify.store_contact", "notify.send_message"} | own


def test_clinical_words_deep_in_a_list_are_found() -> None:
    class Inner(View):
        text = clinical(fields.String())

    class Outer(View):
        items = fields.List(fields.Nested(Inner))

    assert holds_words(Outer, set())


@pytest.mark.parametrize("service", SERVICES)
def test_every_field_named_like_a_sealed_column_says_its_class(service: str) -> None:
    """A view's `text` beside a sealed `text` is that text until somebody says otherwise."""
    sealed = sealed_columns(service)
    for schema in schemas_in(service):
        for name, field in schema().fields.items():
            if name in sealed and schema.__name__ not in NOT_SEALED:
                assert field.metadata.get("data_class") in {"clinical", "contact"}, (
                    f"{schema.__name__}.{name}"
                )


NOT_SEALED: set[str] = {"MadeKeyView"}
"""Views with a field that is named like a sealed column and is none."""


@pytest.mark.parametrize("service", SERVICES)
def test_every_text_that_a_person_writes_says_its_class(service: str) -> None:
    for schema in schemas_in(service):
        for name, field in schema().fields.items():
            if issubclass(schema, Request) and isinstance(field, Words):
                assert field.metadata.get("data_class") in CLASSES, f"{schema.__name__}.{name}"


@pytest.mark.parametrize("service", SERVICES)
def test_a_rule_names_a_table_that_there_is(service: str) -> None:
    tables = importlib.import_module(f"services.{service}.models").Base.metadata.tables
    kinds = {rule.audit.kind for rule in policy_of(service).values() if rule.audit}
    assert kinds - set(tables) == set()
    assert tables_with_sealed_columns(service) - {"link"} <= kinds | {"practice"}


def schemas_in(service: str) -> list[type[Schema]]:
    """Every request and view of a service."""
    importlib.import_module(f"services.{service}.schemas")
    app_of(service)  # which imports the rest
    found: list[type[Schema]] = []
    waiting: list[type[Schema]] = [Request, View]
    while waiting:
        for one in waiting.pop().__subclasses__():
            waiting.append(one)
            if one.__module__.startswith(f"services.{service}.") and one not in found:
                found.append(one)
    return found
