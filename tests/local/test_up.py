"""`attune up` from outside: one command, small fakes in place of the services, everything else real."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.local.waiting import is_running, until


class Platform:
    """A platform in a process of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.process: subprocess.Popen[str] | None = None
        self.url = ""

    def start(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            command(self.data, *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if "ready at" in line:
                self.url = line.split()[-1]
            if "Ctrl-C" in line:
                return
        raise AssertionError(self.process.communicate()[1])

    def processes(self) -> dict[str, dict[str, object]]:
        return {one["name"]: one for one in json.loads((self.data / "run" / "processes.json").read_text())}

    def pids(self) -> list[int]:
        return [int(str(one["pid"])) for one in self.processes().values()]

    def end(self, sig: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(sig)
        code = self.process.wait(30)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
        return code


def command(data: Path, *arguments: str) -> list[str]:
    port = [] if "--port" in arguments else ["--port", "0"]
    return [sys.executable, "-m", "tests.local.fakes", "up", "--data", str(data), *port, *arguments]


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    platform = Platform(tmp_path / "data")
    yield platform
    if platform.process is not None and platform.process.poll() is None:
        platform.end(signal.SIGKILL)


def test_it_starts_answers_and_ends_leaving_nothing_running(platform: Platform) -> None:
    platform.start()
    assert httpx.get(f"{platform.url}/readyz").status_code == 200
    for host in ("127.0.0.1", "[::1]") if _has_ipv6() else ("127.0.0.1",):
        assert httpx.get(platform.url.replace("localhost", host)).json()["service"] == "gateway"
    listed = platform.processes()
    assert len(listed) == 12
    assert {one["kind"] for one in listed.values()} == {"web", "worker", "mail", "database"}
    assert httpx.get(f"{listed['sessions-web']['url']}/").json()["service"] == "sessions"
    pids = platform.pids()
    assert platform.end() == 0
    assert not any(is_running(pid) for pid in pids)


def test_ctrl_c_ends_it_and_a_new_start_keeps_the_data(platform: Platform) -> None:
    platform.start("--no-demo")
    assert len(platform.processes()) == 11
    keys = {path.name: path.read_text() for path in (platform.data / "keys").iterdir()}
    assert platform.end(signal.SIGINT) == 130
    platform.start("--no-demo")
    assert {path.name: path.read_text() for path in (platform.data / "keys").iterdir()} == keys
    assert platform.end() == 0


def test_a_killed_supervisor_leaves_nobody_and_does_not_stop_the_next_start(platform: Platform) -> None:
    platform.start()
    pids, port = platform.pids(), platform.url.rsplit(":", 1)[1]
    assert platform.end(signal.SIGKILL) == -signal.SIGKILL
    platform.start("--port", port)  # at once: the same folder, the same port
    until("nobody of the first start runs", lambda: not any(is_running(pid) for pid in pids), patience_s=3)
    assert platform.end() == 0


def test_requests_wait_for_a_killed_web_process_and_its_orphan_ends(platform: Platform) -> None:
    platform.start()
    orphan = int(httpx.get(platform.url).json()["pid"])
    killed = int(str(platform.processes()["gateway-web"]["pid"]))
    assert orphan != killed
    os.kill(killed, signal.SIGKILL)
    until("gunicorn's orphaned worker ended", lambda: not is_running(orphan), patience_s=2)
    # Whenever one asks from here on, the connection waits in the backlog until somebody answers.
    answer = httpx.get(platform.url, timeout=10)
    assert answer.json()["pid"] not in (orphan, killed)
    assert platform.processes()["gateway-web"]["pid"] != killed
    assert platform.end() == 0


@pytest.mark.parametrize("name", ["intake-worker", "mail", "postgres"])
def test_any_killed_process_comes_back(platform: Platform, name: str) -> None:
    platform.start()
    killed = int(str(platform.processes()[name]["pid"]))
    os.kill(killed, signal.SIGKILL)
    until("another has its place", lambda: platform.processes()[name]["pid"] != killed)
    until("all is ready", lambda: httpx.get(f"{platform.url}/readyz").status_code == 200)
    assert platform.end() == 0


def test_a_port_in_use_is_one_line(platform: Platform) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert refusal(platform.data, "--port", str(port)) == (
            f"attune: port {port} is in use: choose another with --port or ATTUNE_PORT\n"
        )


def test_a_data_folder_in_use_is_one_line(platform: Platform) -> None:
    platform.start("--no-demo")
    assert platform.process is not None
    assert f"in use by another attune (pid {platform.process.pid})" in refusal(platform.data)
    assert platform.end() == 0


def test_a_newer_data_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "format").write_text("99\n")
    assert "is of a newer version (format 99, this program knows 1)" in refusal(tmp_path / "data")


def test_a_missing_key_is_one_line(platform: Platform) -> None:
    platform.start("--no-demo")
    platform.end()
    (platform.data / "keys" / "vault_intake.key").unlink()
    assert "vault_intake.key is missing" in refusal(platform.data)


def test_a_kafka_that_refuses_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        server = f"127.0.0.1:{closed.getsockname()[1]}"
    assert f"Kafka at {server} does not answer" in refusal(tmp_path / "data", "--kafka", server)


def test_a_kafka_that_stays_silent_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = f"127.0.0.1:{silent.getsockname()[1]}"
        assert f"Kafka at {server} does not answer" in refusal(tmp_path / "data", "--kafka", server)


def test_an_unreachable_database_is_one_line(tmp_path: Path) -> None:
    line = refusal(tmp_path / "data", "--database-url", "postgresql://a:secret@127.0.0.1:1/x")
    assert "the database at 127.0.0.1 can't be reached" in line
    assert "secret" not in line


def test_wrong_usage_is_two(tmp_path: Path) -> None:
    assert subprocess.run(command(tmp_path, "--port", "x"), capture_output=True, check=False).returncode == 2


def test_ctrl_c_during_set_up_is_130(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = f"127.0.0.1:{silent.getsockname()[1]}"
        process = subprocess.Popen(
            command(tmp_path / "data", "--kafka", server), stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        assert "Asking Kafka" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=10)[1].strip() == ""  # click ends the line of the ^C
        assert process.returncode == 130


def refusal(data: Path, *arguments: str) -> str:
    """What a start that fails says: its last line, the only one that is no progress."""
    done = subprocess.run(command(data, *arguments), capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 1, done
    assert done.stdout == ""
    lines = [line for line in done.stderr.splitlines() if not line.endswith("…")]
    assert len(lines) == 1, done.stderr
    return lines[0] + "\n"


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True
