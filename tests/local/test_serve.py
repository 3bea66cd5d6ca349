"""gunicorn as we use it: on sockets it is given, without a word about requests, ending cleanly."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.local.waiting import is_running, until

PROGRAM = """
import os, socket, sys, time
from flask import Flask
from deploy.local.linux import die_with_parent
from shared.telemetry import logs
from shared.web.serve import serve
logs.configure(service="intake", process="web")

def app():
    if sys.argv[2] == "broken":
        raise ValueError("canary")
    made = Flask("fake")
    @made.get("/pid")
    def pid():
        return {"pid": os.getpid(), "parent": os.getppid()}
    @made.get("/slow")
    def slow():
        time.sleep(1)
        return "done"
    return made

serve(app, listen=[socket.socket(fileno=int(sys.argv[1]))], threads=2, on_fork=die_with_parent)
"""


@pytest.fixture
def bound() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        yield bound


def start(bound: socket.socket, log: Path, kind: str = "whole") -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(bound.fileno()), kind],
        pass_fds=[bound.fileno()],
        stderr=log.open("wb"),
        env={**os.environ, "XDG_RUNTIME_DIR": str(log.parent)},
    )


def url(bound: socket.socket, path: str) -> str:
    return f"http://127.0.0.1:{bound.getsockname()[1]}{path}"


def test_a_request_in_progress_is_answered_before_it_ends(bound: socket.socket, tmp_path: Path) -> None:
    server = start(bound, tmp_path / "log")
    httpx.get(url(bound, "/pid"), timeout=10)
    answers: list[str] = []
    asking = threading.Thread(target=lambda: answers.append(httpx.get(url(bound, "/slow"), timeout=10).text))
    asking.start()
    time.sleep(0.3)
    server.terminate()
    assert server.wait(10) == 0
    asking.join(5)
    assert answers == ["done"]


def test_a_killed_arbiter_takes_its_worker_along_and_the_next_answers(
    bound: socket.socket, tmp_path: Path
) -> None:
    server = start(bound, tmp_path / "log")
    worker = httpx.get(url(bound, "/pid"), timeout=10).json()
    assert worker["parent"] == server.pid
    os.kill(worker["pid"], signal.SIGSTOP)  # it can't notice by itself, which it would after a second
    server.kill()
    server.wait()
    until("its worker has ended", lambda: not is_running(worker["pid"]), patience_s=2)
    next_one = start(bound, tmp_path / "log")  # while nobody listens, the connection waits
    assert httpx.get(url(bound, "/pid"), timeout=10).json()["parent"] == next_one.pid
    next_one.terminate()
    assert next_one.wait(10) == 0


def test_an_application_that_can_not_be_made_ends_it_badly(bound: socket.socket, tmp_path: Path) -> None:
    server = start(bound, tmp_path / "log", "broken")
    assert server.wait(15) not in (0, None)
    assert "library message" in (tmp_path / "log").read_text()


def test_neither_addresses_nor_messages_get_into_its_log(bound: socket.socket, tmp_path: Path) -> None:
    server = start(bound, tmp_path / "log")
    httpx.get(url(bound, "/pid?word=canary"), timeout=10)
    with socket.create_connection(bound.getsockname()) as client:
        client.sendall(b"GET /canary HTTP/9.9\r\ncanary canary\r\n\r\n")
        assert b"400" in client.recv(100)
    server.terminate()
    server.wait(10)
    lines = (tmp_path / "log").read_text().splitlines()
    assert any(json.loads(line)["logger"] == "gunicorn.error" for line in lines)
    assert "canary" not in "".join(lines)


def test_it_opens_no_control_socket(bound: socket.socket, tmp_path: Path) -> None:
    server = start(bound, tmp_path / "log")
    httpx.get(url(bound, "/pid"), timeout=10)
    time.sleep(0.2)
    assert [path.name for path in tmp_path.iterdir()] == ["log"]
    server.send_signal(signal.SIGTERM)
    server.wait(10)
