"""One trace runs from a person's request through gateway, service, outbox, relay, log and the consumers of others."""

import secrets

import pytest

from shared.telemetry import exporting, trace
from shared.telemetry.spans import ALLOWED
from tests.gateway.door import Door, Practice
from tests.traces.receiver import Kept, Receiver
from tests.world.world import World

PARENT = trace.TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")
ENQUIRY = "attune.intake.enquiry_received.v1"


@pytest.fixture
def practice(world: World) -> Practice:
    """Made before anything is recorded."""
    return Door(world, world.sides["gateway"].app).create_practice()


def only(spans: list[Kept], **wanted: str) -> Kept:
    [found] = [one for one in spans if all(getattr(one, name) == value for name, value in wanted.items())]
    return found


def told(receiver: Receiver) -> list[Kept]:
    exporting.stop()
    return receiver.spans


def test_a_request_its_event_and_what_others_do_with_it_are_one_trace(
    practice: Practice, receiver: Receiver, world: World
) -> None:
    body = {"display_name": "Ana", "email": "ana@example.org"}
    answer = practice.door.post(
        f"/api/v1/p/{practice.slug}/enquiries", body, headers={"traceparent": PARENT.header()}
    )
    assert answer.status_code == 201, answer.text
    world.pump()
    spans = [one for one in told(receiver) if one.trace_id == PARENT.trace_id]
    outside = only(spans, name="POST /api/v1/p/<string:slug>/enquiries", kind="server")
    assert outside.parent_id == PARENT.span_id
    assert outside.about["http.response.status_code"] == "201"
    called = only(spans, name="POST intake", kind="client")
    assert (called.parent_id, called.about["attune.peer"]) == (outside.span_id, "intake")
    inside = only(spans, name="POST /api/v1/intake/enquiries", kind="server")
    assert inside.parent_id == called.span_id
    sent = only(spans, name=f"publish {ENQUIRY}", kind="producer")
    assert (sent.parent_id, sent.about["attune.service"]) == (inside.span_id, "intake")
    assert sent.about["messaging.destination.name"] == "attune.intake"
    applied = [one for one in spans if one.name == f"process {ENQUIRY}"]
    assert {one.about["attune.service"] for one in applied} == {"sessions", "notify"}
    assert {(one.kind, one.parent_id) for one in applied} == {("consumer", inside.span_id)}
    assert not any(one.has_failed for one in spans)


@pytest.mark.P3
def test_no_span_holds_a_word_an_address_a_query_or_an_id(
    practice: Practice, receiver: Receiver, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(practice.door.app.view_functions, "gateway.list_consultation_times", _fails)
    canary = f"canary{secrets.token_hex(6)}"
    body = {"display_name": canary, "email": f"{canary}@example.org"}
    path = f"/api/v1/p/{practice.slug}"
    for method, below, sent in (
        ("POST", f"{path}/enquiries", body),
        ("POST", f"{path}/enquiries", {**body, canary: canary}),  # 422
        ("GET", f"{path}/consultation-times", None),  # 500
        ("GET", f"/api/v1/{canary}", None),  # 404
        (canary.upper(), f"{path}/enquiries", None),  # 405
    ):
        practice.door.open(
            method,
            f"{below}?{canary}={canary}",
            json=sent,
            headers={
                "Idempotency-Key": secrets.token_hex(16),
                "User-Agent": canary,
                "Referer": f"https://{canary}.example.org",
                "tracestate": f"{canary}={canary}",
                "baggage": f"{canary}={canary}",
            },
        )
    world.pump()
    spans = told(receiver)
    for body_sent in receiver.bodies:
        assert canary.encode() not in body_sent.lower()
        for word in (practice.slug, str(practice.id), "example.org"):
            assert word.encode() not in body_sent
    assert [one.about["error.type"] for one in spans if one.has_failed] == ["_Faulty"]
    assert {"GET unmatched", "other unmatched"} <= {one.name for one in spans}
    for one in spans:
        assert set(one.about) <= ALLOWED  # no message of a status either
        assert one.events == 0
    [named] = {tuple(sorted(one.items())) for one in receiver.resources}
    assert {name for name, _ in named} == {"service.name", "service.namespace", "service.version"}


class _Faulty(Exception):
    pass


def _fails(slug: str) -> None:
    raise _Faulty(f"{slug} canary")


def test_a_name_that_is_not_allowed_is_dropped(receiver: Receiver) -> None:
    with trace.span(None, "a", "server", {"http.url": "/secret", "http.route": "/<int:x>"}) as span:
        span.tell({"db.statement": "SELECT 1"})
    [one] = told(receiver)
    assert one.about == {"http.route": "/<int:x>"}


def test_a_handler_that_fails_leaves_the_name_of_its_exception_alone(receiver: Receiver) -> None:
    with pytest.raises(_Faulty), trace.span(None, "a", "consumer"):
        raise _Faulty("a word")
    [one] = told(receiver)
    assert (one.has_failed, one.about, one.events) == (True, {"error.type": "_Faulty"}, 0)
