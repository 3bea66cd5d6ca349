"""Every route of every service is sent what is wrong: it answers with a problem that names it, and writes nothing."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from psycopg import sql

from deploy.local.databases import database_of
from shared.settings import SERVICES
from tests.chassis.everybody import Everybody
from tests.chassis.routes import Route
from tests.postgres.server import PostgresServer

WRITES = ("POST", "PUT", "PATCH")
ODD_QUERIES = (
    "unknown=1",
    "unknown",
    "%00=%00",
    "%ff=%fe",
    "=",
    "a[]=1&a[]=2",
    "limit=1&limit=2",
    "x=" + "y" * 3000,
)
NOT_IDS = ("not-an-id", "0", "%00", "..", "7b1d8f80-6a3f-4f9c-9d8f-2f6d3b7f0a1", "x" * 300, "%ed%a0%80")
BAD_KEYS = ("", "short", "x" * 129, "with space inside", "umlaut-ä-in-it")


Books = dict[str, psycopg.Connection[Any]]


@pytest.fixture(scope="module")
def books(everybody: Everybody, postgres_server: PostgresServer) -> Iterator[Books]:
    """A look into each service's database, past all walls."""
    with ExitStack() as stack:
        urls = {service: postgres_server.url_of(database_of(service)) for service in SERVICES}
        yield {
            service: stack.enter_context(psycopg.connect(url, autocommit=True))
            for service, url in urls.items()
        }


@pytest.fixture(autouse=True)
def _nothing_is_written(books: Books) -> Iterator[None]:
    """No table of any service has a row more or less after a request that was refused."""
    before = rows(books)
    yield
    assert rows(books) == before


def rows(books: Books) -> dict[str, int]:
    """How many rows each table of each service has, in all practices."""
    counts: dict[str, int] = {}
    for service, db in books.items():
        tables = db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        # An odd question may be answered, and a look is written down; a try at a code counts before it is looked at.
        counting = [
            sql.SQL("SELECT {}, count(*) FROM {}").format(table, sql.Identifier(table))
            for (table,) in tables
            if table not in ("audit_row", "tries")
        ]
        for table, count in db.execute(sql.SQL(" UNION ALL ").join(counting)).fetchall():
            counts[f"{service}.{table}"] = count
    assert len(counts) > 50
    return counts


def refused(answer: Any, *statuses: int) -> bool:
    """Whether it is a problem document of one of these statuses."""
    return (
        answer.status_code in statuses
        and answer.content_type == "application/problem+json"
        and answer.json["status"] == answer.status_code
        and bool(answer.json["code"])
    )


def told(answer: Any) -> set[tuple[str, str]]:
    """Pointers and codes of the fields that an answer names."""
    return {(error["pointer"], error["code"]) for error in answer.json.get("errors", [])}


def path_of(route: Route, **values: str) -> str:
    """Where to send it: what the gateway passes on goes to a route there is."""
    if route.endpoint == "edge.forward":
        return route.path(service="intake", path="couples")
    return route.path(**values)


def strange_json(route: Route) -> Iterator[tuple[bytes, int]]:
    """Bodies that are no object, or hold text that can't be kept; and the status that says so."""
    yield b"{", 400
    yield b"\xff", 400
    yield b"[]", 422
    yield b'"words"', 422
    yield b"7", 422
    for text in ("\x00", "\ud800"):
        for name in route.body or ["surprise"]:
            yield json.dumps({**route.body, name: f"a{text}b"}).encode(), 400
        yield json.dumps({**route.body, f"a{text}b": 1}).encode(), 400


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_no_object_is_refused(everybody: Everybody, service: str) -> None:
    for route in everybody.of(service, *WRITES):
        for data, status in strange_json(route):
            answer = everybody.send(route, path_of(route), data=data, content_type="application/json")
            expected = (415,) if route.is_form else _also_405(route, status)
            assert refused(answer, *expected), (str(route), data, answer.text)


@pytest.mark.parametrize("service", SERVICES)
def test_a_field_that_nobody_knows_is_refused(everybody: Everybody, service: str) -> None:
    for route in everybody.of(service, *WRITES):
        answer = everybody.send(route, path_of(route), json={**route.body, "surprise": 1})
        expected = (415,) if route.is_form else _also_405(route, 422)
        assert refused(answer, *expected), (str(route), answer.text)
        if answer.status_code == 422:
            assert told(answer) == {("/surprise", "unknown")}, (str(route), answer.text)


@pytest.mark.parametrize("service", SERVICES)
def test_a_field_of_another_type_is_refused_by_its_name(everybody: Everybody, service: str) -> None:
    for route in everybody.of(service, *WRITES):
        for name in route.body:
            other = ["a"] if isinstance(route.body[name], dict) else {"a": 1}
            answer = everybody.send(route, path_of(route), json={**route.body, name: other})
            assert refused(answer, *_also_405(route, 422)), (str(route), name, answer.text)
            if answer.status_code == 422:
                assert {pointer.split("/")[1] for pointer, _ in told(answer)} == {name}, (
                    str(route),
                    answer.text,
                )
                assert "invalid" not in {code for _, code in told(answer)}, (str(route), answer.text)


@pytest.mark.parametrize("service", SERVICES)
def test_too_much_is_refused(everybody: Everybody, service: str) -> None:
    for route in everybody.of(service, *WRITES):
        large = {**route.body, "surprise": "x" * 300_000}
        answer = everybody.send(route, path_of(route), json=large)
        assert refused(answer, 413, *([415] if route.is_form else [])), (str(route), answer.text)


@pytest.mark.parametrize("service", SERVICES)
def test_a_body_of_another_kind_is_refused(everybody: Everybody, service: str) -> None:
    for route in everybody.of(service, *WRITES):
        for kind in ("text/plain", "application/xml", "multipart/form-data; boundary=x"):
            data = json.dumps(route.body).encode()
            answer = everybody.send(route, path_of(route), data=data, content_type=kind)
            assert refused(answer, 415), (str(route), kind, answer.text)


@pytest.mark.parametrize("service", SERVICES)
def test_a_post_without_a_proper_key_does_nothing(everybody: Everybody, service: str) -> None:
    for route in everybody.of(service, "POST"):
        if route.is_form:
            continue
        for key in (None, *BAD_KEYS):
            sent = {"Idempotency-Key": key}
            answer = everybody.send(route, path_of(route), json=dict(route.body), headers=sent)
            # Found first: ids that lead nowhere, a trip that nobody began, one guess too many.
            assert refused(answer, 400, 403, 404, 429), (str(route), key, answer.text)


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_no_id_leads_nowhere(everybody: Everybody, service: str) -> None:
    for route in everybody.of(service, "GET", *WRITES):
        for name in route.ids:
            for value in NOT_IDS:
                body = {"json": dict(route.body)} if route.method in WRITES else {}
                answer = everybody.send(route, route.path(**{name: value}), **body)
                assert refused(answer, 404), (str(route), value, answer.text)


@pytest.mark.parametrize("service", SERVICES)
def test_odd_questions_never_break_an_answer(everybody: Everybody, service: str) -> None:
    for route in everybody.of(service, "GET"):
        for query in (*ODD_QUERIES, *(f"{name}=%00%ff" for name in route.parameters)):
            answer = everybody.send(route, path_of(route), query_string=query)
            is_fine = answer.status_code in (200, 303) or refused(answer, 400, 404, 409, 422)
            # A page says so in its own words, and a trip to a provider that nobody began is refused.
            is_fine |= route.is_form and answer.status_code in (403, 404)
            # Without all of its parts the platform of these tests is not ready, and says so.
            assert is_fine or route.endpoint == "edge.readyz", (str(route), query, answer.text)


@pytest.mark.parametrize("service", SERVICES)
def test_a_page_of_no_possible_size_or_place_is_refused(everybody: Everybody, service: str) -> None:
    for route in everybody.of(service, "GET"):
        if "cursor" not in route.parameters:
            continue
        for limit in ("0", "-1", "101", "x", "1.5", "", "9" * 5000):
            answer = everybody.send(route, query_string={"limit": limit})
            assert refused(answer, 422), (str(route), limit, answer.text)
        for cursor in ("x", "", "=", "bm90IGEgY3Vyc29y", "%", "ä"):
            answer = everybody.send(route, query_string={"cursor": cursor})
            assert refused(answer, 400, 404), (str(route), cursor, answer.text)


@pytest.mark.parametrize("service", SERVICES)
def test_every_body_has_a_schema_be_it_of_nothing(everybody: Everybody, service: str) -> None:
    unknown = {route.endpoint for route in everybody.of(service, *WRITES) if not route.has_schema}
    pages = {route.endpoint for route in everybody.of(service, *WRITES) if route.is_form}
    assert unknown - pages <= {"edge.forward"}


def _also_405(route: Route, status: int) -> tuple[int, ...]:
    """What the gateway passes on may be of a method that the service's route does not have."""
    return (status, 405) if route.endpoint == "edge.forward" else (status,)
