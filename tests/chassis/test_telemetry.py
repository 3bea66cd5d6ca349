"""Logs come from an allow-list; metrics name code, never people; a trace follows its events."""

import json
import logging
from importlib.metadata import version
from uuid import uuid4

import flask
import pytest
import structlog
from flask import Flask
from prometheus_client import REGISTRY
from sqlalchemy.exc import OperationalError

from shared.telemetry import trace
from shared.web import problems
from shared.web.actor import Actor
from tests.loglines import every_line
from tests.world.world import World

FORBIDDEN_LABELS = {"person", "person_id", "practice", "practice_id", "couple_id", "path", "url"}


@pytest.mark.P3
def test_a_log_line_holds_only_what_is_allowed() -> None:
    with every_line() as stream:
        secret = uuid4().hex
        log = structlog.get_logger()
        log.info("reminder queued", reminder_id="r1", text=secret, person=secret)
        try:
            raise ValueError(secret)
        except ValueError:
            log.error("it failed", exc_info=True)
        logging.getLogger("some.library").error("row %s", secret)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert secret not in stream.getvalue()
    assert lines[0]["reminder_id"] == "r1"
    assert lines[1]["error_type"] == "ValueError"
    assert lines[2]["logger"] == "some.library"


@pytest.mark.parametrize("failure", [RuntimeError, OperationalError("", {}, Exception())])
def test_an_error_names_route_and_practice_so_that_somebody_can_be_told(failure: Exception) -> None:
    app, practice, person = Flask("things"), uuid4(), uuid4()
    problems.install(app)

    @app.get("/things/<int:number>")
    def show(number: int) -> str:
        flask.g.actor = Actor(practice, person, frozenset())
        raise failure

    with every_line() as stream:
        assert app.test_client().get("/things/73").status_code >= 500
    [line] = [json.loads(one) for one in stream.getvalue().splitlines()]
    assert (line["route"], line["practice_id"]) == ("/things/<int:number>", str(practice))
    assert "73" not in line["route"]
    assert str(person) not in stream.getvalue()


def test_no_metric_names_a_person_or_a_practice() -> None:
    for family in REGISTRY.collect():
        if family.name.startswith("attune"):
            for sample in family.samples:
                assert not set(sample.labels) & FORBIDDEN_LABELS, family.name


def test_requests_are_counted_by_route_template(world: World) -> None:
    def count() -> float:
        labels = {
            "service": "intake",
            "method": "GET",
            "route": "/api/v1/intake/enquiries",
            "status": "200",
        }
        return REGISTRY.get_sample_value("attune_http_requests_total", labels) or 0.0

    before = count()
    world.caller("intake", world.practice(), uuid4(), "front_desk").get("/enquiries")
    assert count() == before + 1


def test_a_process_says_which_version_it_is(world: World) -> None:
    for service in world.sides:
        labels = {"service": service, "process": "web", "version": version("attune")}
        assert REGISTRY.get_sample_value("attune_build_info", labels) == 1


def test_a_trace_goes_from_the_request_into_its_event(world: World) -> None:
    practice = world.practice()
    parent = trace.TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")
    world.caller("intake", practice, None, "public").post(
        "/enquiries",
        {"contact_id": str(uuid4()), "display_name": "Ana"},
        headers={"traceparent": parent.header()},
    )
    rows = world.rows("intake", practice, "SELECT headers FROM outbox WHERE practice_id = %s", practice)
    assert [row[0]["traceparent"].split("-")[1] for row in rows] == [parent.trace_id]


@pytest.mark.parametrize(
    "header", [None, "", "x", "00-0-0-00", f"00-{'0' * 32}-{'1' * 16}-01", "ff-" + "1" * 50]
)
def test_a_trace_header_that_is_not_valid_starts_a_new_trace(header: str | None) -> None:
    assert trace.parse(header) is None
