"""What a demo offers beyond the product: a clock that moves and a mailbox to look into."""

import httpx
import pytest

from services.gateway.domain import FURTHEST_CLOCK_S
from services.gateway.problems import DemoMailboxAbsent
from tests.gateway.door import Door, Practice, door_to
from tests.world.world import World

DAY = 86400


def test_a_moved_clock_reaches_every_service(door: Door, practice: Practice, world: World) -> None:
    admin = practice.signed_in("practice_admin")
    moved = door.post("/api/v1/demo/clock", {"forward_s": DAY}, key="the-same-key", headers=admin)
    again = door.post("/api/v1/demo/clock", {"forward_s": DAY}, key="the-same-key", headers=admin)
    assert (moved.status_code, moved.json["offset_s"], again.json["offset_s"]) == (201, DAY, DAY)
    before = door.get("/api/v1/demo/clock", headers=admin).json
    assert (before["offset_s"], before["is_settled"]) == (DAY, False)
    assert set(before["services"].values()) == {0}
    world.pump()
    after = door.get("/api/v1/demo/clock", headers=door.operator(practice.slug)).json
    assert after["is_settled"]
    assert after["services"] == dict.fromkeys(("intake", "integration", "notify", "sessions"), DAY)


def test_moves_add_up(door: Door, practice: Practice) -> None:
    operator = door.operator(practice.slug)
    door.post("/api/v1/demo/clock", {"forward_s": 1}, headers=operator)
    assert door.post("/api/v1/demo/clock", {"forward_s": 2}, headers=operator).json["offset_s"] == 3


def test_a_real_practices_clock_is_real(door: Door) -> None:
    real = door.create_practice(is_demo=False)
    answer = door.post("/api/v1/demo/clock", {"forward_s": 1}, headers=door.operator(real.slug))
    assert (answer.status_code, answer.json["code"]) == (409, "practice_clock_is_real")
    assert door.get("/api/v1/demo/clock", headers=door.operator(real.slug)).json["offset_s"] == 0


@pytest.mark.parametrize("step", [0, -1, 1.5, "1", True, 10**12])
def test_a_clock_goes_forward_by_whole_seconds(door: Door, practice: Practice, step: object) -> None:
    answer = door.post("/api/v1/demo/clock", {"forward_s": step}, headers=door.operator(practice.slug))
    assert answer.status_code == 422, answer.text


def test_a_clock_does_not_leave_the_calendar(door: Door, practice: Practice) -> None:
    operator = door.operator(practice.slug)
    ten_years = 10 * 366 * DAY
    for _ in range(FURTHEST_CLOCK_S // ten_years):
        assert door.post("/api/v1/demo/clock", {"forward_s": ten_years}, headers=operator).status_code == 201
    last = door.post("/api/v1/demo/clock", {"forward_s": ten_years}, headers=operator)
    assert (last.status_code, last.json["code"]) == (409, "clock_too_far")


@pytest.mark.P2
def test_nobody_else_moves_it(door: Door, practice: Practice) -> None:
    for role in ("front_desk", "practitioner"):
        answer = door.post("/api/v1/demo/clock", {"forward_s": 1}, headers=practice.signed_in(role))
        assert answer.status_code == 404
    assert door.post("/api/v1/demo/clock", {"forward_s": 1}).status_code == 401


def test_a_service_that_cannot_say_its_time_is_not_settled(world: World) -> None:
    def ask(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"offset_s": 0, "now": "2026-01-01T00:00:00Z"})

    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    door = door_to(world, {"intake": ask, "notify": ask, "sessions": silent})
    made = door.create_practice()
    answer = door.get("/api/v1/demo/clock", headers=door.operator(made.slug)).json
    assert answer["services"] == {"intake": 0, "notify": 0, "sessions": None}
    assert answer["is_settled"] is False


def test_the_operator_looks_into_the_demos_mailbox(world: World) -> None:
    door = door_to(world, {}, demo_mailbox_url="http://10.9.8.7:6")
    asked: list[str] = []

    def mailbox(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, json={"messages": []})

    transport = httpx.MockTransport(mailbox)
    door.app.extensions["gateway_mailbox"] = httpx.Client(base_url="http://10.9.8.7:6", transport=transport)
    answer = door.get("/api/v1/demo/mailbox?to=a%2Bb@example.org", headers=door.operator())
    assert (answer.status_code, answer.json) == (200, {"messages": []})
    assert asked == ["http://10.9.8.7:6/messages?to=a%2Bb%40example.org"]


def test_a_platform_with_real_mail_shows_none(door: Door) -> None:
    answer = door.get("/api/v1/demo/mailbox?to=a@example.org", headers=door.operator())
    assert (answer.status_code, answer.json["code"]) == (409, DemoMailboxAbsent.code)


def test_a_mailbox_that_is_down_is_unavailable(world: World) -> None:
    door = door_to(world, {}, demo_mailbox_url="http://127.0.0.1:1")
    answer = door.get("/api/v1/demo/mailbox?to=a@example.org", headers=door.operator())
    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
    assert "127.0.0.1" not in answer.text
