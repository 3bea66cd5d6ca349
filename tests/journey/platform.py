"""A whole platform as a person starts it: `attune up` in a folder of its own, on a port of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ATTUNE = [str(Path(sys.executable).parent / "attune")]
READY_S = 90


@dataclass
class Platform:
    folder: Path
    arguments: tuple[str, ...] = ()
    port: int = field(default_factory=lambda: free_port())
    process: subprocess.Popen[bytes] | None = None
    environment: dict[str, str] = field(default_factory=dict)
    """Variables of ours that it starts with; none of this process's own reach it."""

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        self.process = subprocess.Popen(
            [*ATTUNE, "up", "--data", str(self.folder / "data"), "--port", str(self.port), *self.arguments],
            stdout=(self.folder / "out").open("ab"),
            stderr=subprocess.STDOUT,
            env={
                **{name: value for name, value in os.environ.items() if not name.startswith("ATTUNE_")},
                **self.environment,
            },
        )
        deadline = time.monotonic() + READY_S
        while not self.is_ready():
            if self.process.poll() is not None:
                raise AssertionError(f"attune up ended: {(self.folder / 'out').read_text()[-2000:]}")
            assert time.monotonic() < deadline, f"not ready: {(self.folder / 'out').read_text()[-2000:]}"
            time.sleep(0.1)

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self) -> int:
        """Stop it as Ctrl-C would; returns its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(40)

    def demo_people(self) -> list[str]:
        """The people of the demo practice, as the start page offers them."""
        answer = httpx.get(f"{self.url}/api/v1/demo/people", params={"practice": "oak"}, timeout=10)
        return sorted(one["person_id"] for one in answer.json()["items"])

    def processes(self) -> list[dict[str, Any]]:
        """What runs now, as the supervisor lists it."""
        listed: list[dict[str, Any]] = json.loads(
            (self.folder / "data" / "run" / "processes.json").read_text()
        )
        return listed

    def pid_of(self, name: str) -> int:
        """The pid of a process, waiting for it while the supervisor starts it again."""
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            for process in self.processes():
                if process["name"] == name and Path(f"/proc/{process['pid']}").exists():
                    return int(process["pid"])
            time.sleep(0.1)
        raise AssertionError(f"{name} does not run")

    def journey(self) -> "subprocess.Popen[str]":
        """Begin `attune journey` against it."""
        return subprocess.Popen(
            [*ATTUNE, "journey", "--url", self.url, "--data", str(self.folder / "data")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def dead_letters(self) -> float:
        """Events put aside over all workers, from their metrics."""
        count = 0.0
        for process in self.processes():
            if process["kind"] == "worker":
                text = httpx.get(f"{process['internal_url']}/metrics", timeout=5).text
                count += sum(
                    float(line.rsplit(" ", 1)[1])
                    for line in text.splitlines()
                    if line.startswith("attune_dead_letters_total")
                )
        return count


def finished(journey: "subprocess.Popen[str]", *, seconds: float = 240) -> dict[str, Any]:
    """The journey's last line; fails with what it printed when anything was off."""
    out, err = journey.communicate(timeout=seconds)
    assert journey.returncode == 0, f"exit {journey.returncode}\n{err[-4000:]}"
    result: dict[str, Any] = json.loads(out.splitlines()[-1])
    assert set(result) == {"steps", "events", "seconds"}
    return result


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
