"""Services come and go: what is tried again, what isn't, and when the platform calls itself ready."""

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import httpx
import pytest

from services.gateway.app import create_app
from services.gateway.upstream import Upstream
from shared.clock import utcnow
from shared.db.tenancy import Database
from shared.errors import Unavailable
from shared.ids import NIL
from shared.settings import SERVICES, Settings
from shared.web.actor import Actor
from shared.web.internal import start_internal_server
from tests.gateway.door import Door, bearer, door_to
from tests.gateway.standins import GONE, OK, REFUSED, RESET, Service
from tests.world.world import World


@pytest.mark.parametrize("broken", [RESET, REFUSED, GONE])
def test_what_is_safe_to_repeat_is_repeated(world: World, token: str, broken: Exception) -> None:
    intake = Service(broken, broken, OK)
    door = door_to(world, {"intake": intake}, patience_s=5.0)
    assert door.get("/api/v1/intake/couples", headers=bearer(token)).status_code == 200
    assert len(intake.asked) == 3
    again = Service(broken, OK)
    door = door_to(world, {"intake": again}, patience_s=5.0)
    assert door.post("/api/v1/intake/couples", {"a": 1}, headers=bearer(token)).status_code == 200
    assert len({one.headers["Idempotency-Key"] for one in again.asked}) == 1
    assert [one.content for one in again.asked] == [b'{"a": 1}'] * 2


def test_what_might_be_done_twice_is_not_repeated(world: World, token: str) -> None:
    intake = Service(RESET, OK)
    door = door_to(world, {"intake": intake}, patience_s=5.0)
    answer = door.open("PUT", "/api/v1/intake/couples/x/care-team", json={}, headers=bearer(token))
    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "2"
    assert len(intake.asked) == 1


def test_an_answer_is_never_asked_for_again(world: World, token: str) -> None:
    busy = httpx.Response(503, json={"code": "practice_not_known_yet", "status": 503},
                          headers={"Content-Type": "application/problem+json", "Retry-After": "1"})  # fmt: skip
    intake = Service(busy)
    answer = door_to(world, {"intake": intake}, patience_s=5.0).get(
        "/api/v1/intake/couples", headers=bearer(token)
    )
    assert (answer.status_code, answer.headers["Retry-After"], len(intake.asked)) == (503, "1", 1)


def test_a_service_that_is_started_again_is_waited_for(world: World) -> None:
    """A real socket: the first connection is cut before an answer, the second is answered."""
    listening = socket.create_server(("127.0.0.1", 0))
    seen: list[bytes] = []

    def serve() -> None:
        cut, _ = listening.accept()
        cut.recv(4096)
        cut.close()
        kept, _ = listening.accept()
        for _ in range(2):
            seen.append(kept.recv(4096))
            kept.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}")
        kept.close()

    threading.Thread(target=serve, daemon=True).start()
    pauses: list[float] = []
    upstream = Upstream(
        {"intake": f"http://127.0.0.1:{listening.getsockname()[1]}"},
        signer=world.signer, clock=utcnow, patience_s=5.0, pause=pauses.append,
    )  # fmt: skip
    actor = Actor(UUID(int=1), NIL, frozenset({"operator"}))
    for _ in range(2):  # the second on the connection that was kept
        assert upstream.call("intake", "GET", "clock", actor=actor, is_repeatable=True).status == 200
    assert len(pauses) == 1
    assert len(seen) == 2
    listening.close()
    with pytest.raises(Unavailable):
        upstream.call("intake", "PUT", "x", actor=actor)


def test_patience_ends(world: World) -> None:
    gone = Service(REFUSED)
    upstream = Upstream(
        {}, signer=world.signer, clock=utcnow, transports={"intake": httpx.MockTransport(gone)},
        patience_s=0.2, pause=lambda _: None,
    )  # fmt: skip
    with pytest.raises(Unavailable):
        upstream.call(
            "intake", "GET", "x", actor=Actor(NIL, NIL, frozenset({"operator"})), is_repeatable=True
        )
    assert len(gone.asked) >= 1


class TestReady:
    """/readyz answers for the whole platform, and names names only."""

    def test_when_everything_answers(self, door: Door) -> None:
        assert door.get("/readyz").json == {"status": "ok", "for": []}
        assert door.get("/livez").json == {"status": "ok"}

    def test_when_a_service_does_not(self, world: World) -> None:
        unsigned = httpx.Response(401)
        handlers: dict[str, Callable[[httpx.Request], httpx.Response]] = {
            name: Service(unsigned) for name in SERVICES if name != "gateway"
        }
        handlers["notify"], handlers["sessions"] = Service(REFUSED), Service(httpx.Response(500))
        answer = door_to(world, handlers).get("/readyz")
        assert (answer.status_code, answer.json) == (
            503,
            {"status": "waiting", "for": ["notify", "sessions"]},
        )

    def test_when_its_own_database_does_not(self, world: World) -> None:
        door = door_to(world, {"intake": Service(httpx.Response(401))})
        gone = Database("postgresql://nobody@127.0.0.1:1/nothing", pool_size=1, name="gone")
        door.app.extensions["attune_database"] = gone
        answer = door.get("/readyz")
        assert (answer.status_code, answer.json) == (503, {"status": "waiting", "for": ["database"]})
        assert door.get("/livez").status_code == 200

    def test_when_a_worker_does_not(self, world: World) -> None:
        """Real internal ports: one that is ready, one that isn't yet, and one where nobody listens."""
        ready, waiting, absent = (socket.create_server(("127.0.0.1", 0)) for _ in range(3))
        start_internal_server(ready, is_ready=list)
        start_internal_server(waiting, is_ready=lambda: ["the consumer has no partitions"])
        urls = {"gateway": _url(ready), "intake": _url(waiting), "notify": _url(absent)}
        absent.close()
        answer = _with_workers(world, urls).get("/readyz")
        assert (answer.status_code, answer.json) == (
            503,
            {"status": "waiting", "for": ["intake-worker", "notify-worker"]},
        )
        only = _with_workers(world, {"gateway": urls["gateway"]}).get("/readyz")
        assert (only.status_code, only.json) == (200, {"status": "ok", "for": []})

    def test_it_is_quick_however_many_hang(self, world: World) -> None:
        """Ports that take connections and never answer: asked one after the other they'd take nine seconds."""
        hanging = [socket.create_server(("127.0.0.1", 0)) for _ in range(9)]
        urls = [_url(one) for one in hanging]
        services = dict(zip((name for name in SERVICES if name != "gateway"), urls, strict=False))
        workers = dict(zip(SERVICES, urls[4:], strict=True))
        settings = replace(_settings(world), service_urls=services, worker_urls=workers)
        door = Door(world, create_app(settings, utcnow))
        began = time.monotonic()
        answer = door.get("/readyz")
        assert time.monotonic() - began < 4.0
        assert answer.json["for"] == [*sorted(services), *sorted(f"{name}-worker" for name in SERVICES)]
        for one in hanging:
            one.close()


def _with_workers(world: World, urls: dict[str, str]) -> Door:
    behind = {name: side.app for name, side in world.sides.items() if name != "gateway"}
    return Door(world, create_app(replace(_settings(world), worker_urls=urls), utcnow, apps=behind))


def _settings(world: World) -> Settings:
    return world.sides["gateway"].settings


def _url(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{listening.getsockname()[1]}"
