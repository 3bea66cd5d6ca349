"""Whatever fails on the way is sent again with the same key; what is refused is not."""

import socket
import threading
import time

import pytest

from deploy.local.journey.client import Client, Current
from deploy.local.journey.faults import Off
from tests.journey.flaky import HANG_UP, RESET, flaky_server

MADE = (201, {"id": "a"})
UNAVAILABLE = (503, {"code": "unavailable"})


@pytest.mark.parametrize("failure", [RESET, HANG_UP, UNAVAILABLE, (502, {}), (429, {})])
def test_a_post_that_failed_on_the_way_is_sent_again_with_the_same_key(failure: object) -> None:
    with flaky_server(failure, failure, MADE) as server:  # type: ignore[arg-type]
        made = Client(server.url).make("/things", {"name": "x"})
    assert made == {"id": "a"}
    keys = [asked.headers["Idempotency-Key"] for asked in server.asked]
    assert len(keys) == 3
    assert len(set(keys)) == 1
    assert [asked.body for asked in server.asked] == [{"name": "x"}] * 3


def test_two_posts_have_two_keys() -> None:
    with flaky_server(MADE) as server:
        client = Client(server.url)
        client.make("/things")
        client.make("/things")
    one, other = [asked.headers["Idempotency-Key"] for asked in server.asked]
    assert one != other


def test_a_server_that_comes_back_is_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    # Nobody listens there for a while.
    answers: list[object] = []
    asking = threading.Thread(
        target=lambda: answers.append(Client(f"http://127.0.0.1:{port}").read("/things"))
    )
    asking.start()
    time.sleep(0.2)
    with socket.create_server(("127.0.0.1", port)) as back:
        back.settimeout(5)
        connection, _ = back.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        asking.join(5)
    assert answers == [{}]


def test_a_server_that_stays_away_is_named() -> None:
    with flaky_server(RESET) as server, pytest.raises(Off, match=r"an answer to POST /things within 0\.2 s"):
        Client(server.url, patience_s=0.2).make("/things")


def test_a_refusal_is_not_tried_again() -> None:
    with flaky_server((409, {"code": "slot_taken"})) as server:
        answer = Client(server.url).post("/bookings")
        with pytest.raises(Off, match="expected 201 from POST /bookings, saw 409"):
            Client(server.url).make("/bookings")
    assert (answer.status, answer.code) == (409, "slot_taken")
    assert len(server.asked) == 2


def test_a_session_that_ran_out_is_renewed_once() -> None:
    with flaky_server((401, {}), (200, {"ok": True})) as server:
        client = Client(server.url, authorization="Bearer old", renew=lambda: "Bearer new")
        assert client.read("/me") == {"ok": True}
    assert [asked.headers["Authorization"] for asked in server.asked] == ["Bearer old", "Bearer new"]
    with flaky_server((401, {})) as server, pytest.raises(Off, match="saw 401"):
        Client(server.url, renew=lambda: "Bearer new").read("/me")


def test_all_pages_of_a_list_are_read() -> None:
    with flaky_server(
        (200, {"items": [1, 2], "next_cursor": "abc"}), (200, {"items": [3], "next_cursor": None})
    ) as server:
        assert Client(server.url).items("/things", {"state": "sent"}) == [1, 2, 3]
    assert [asked.path for asked in server.asked] == [
        "/api/v1/things?state=sent", "/api/v1/things?state=sent&cursor=abc",
    ]  # fmt: skip


def test_an_update_whose_answer_was_lost_is_read_again_and_not_repeated() -> None:
    versions = iter([Current(1, False), Current(2, True)])
    with flaky_server(RESET, (200, {})) as server:
        Client(server.url).put("/thing", {"name": "x"}, current=lambda: next(versions))
    assert [asked.headers.get("If-Match") for asked in server.asked] == ['"1"']


def test_an_update_that_was_overtaken_is_made_on_the_new_version() -> None:
    versions = iter([Current(None, False), Current(4, False)])
    with flaky_server((412, {"code": "stale"}), (200, {})) as server:
        Client(server.url).put("/thing", {"name": "x"}, current=lambda: next(versions))
    assert [asked.headers.get("If-Match") for asked in server.asked] == [None, '"4"']


def test_an_update_that_is_refused_is_not_tried_again() -> None:
    with flaky_server((404, {"code": "not_found"})) as server:
        with pytest.raises(Off, match="expected 200 from PUT /thing, saw 404"):
            Client(server.url).put("/thing", {}, current=lambda: Current(1, False))
        assert len(server.asked) == 1
