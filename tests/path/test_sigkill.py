"""SIGKILL at named points of relay and consumer, on both logs: nothing lost, nothing doubled (rule D1)."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import pytest

from tests.path.stage import Stage

pytestmark = pytest.mark.D1
ROOT = Path(__file__).resolve().parents[2]


def start(on: Stage, part: str, failpoint: str | None) -> subprocess.Popen[bytes]:
    url = on.owner_url if part == "relay" else on.reader_url
    environ = {key: value for key, value in os.environ.items() if key != "ATTUNE_FAILPOINT"}
    if failpoint:
        environ["ATTUNE_FAILPOINT"] = failpoint
    return subprocess.Popen(
        [sys.executable, "-m", "tests.path.crashing", part, on.log_url, url, on.owner, on.event_key.hex()],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.parametrize(
    ("part", "failpoint"),
    [
        ("relay", "relay.after_publish:2"),
        ("consume", "consumer.after_effects:2"),
        ("consume", "consumer.after_commit:2"),
    ],
)
def test_a_process_killed_there_and_started_again_loses_and_doubles_nothing(
    on: Stage, part: str, failpoint: str
) -> None:
    keys = [uuid4() for _ in range(5)]
    running = {name: start(on, name, failpoint if name == part else None) for name in ("relay", "consume")}
    victim, noted = running[part], 0
    try:
        deadline = time.monotonic() + 60
        while victim.poll() is None:  # keep it busy until it meets its fail point
            assert time.monotonic() < deadline, "the fail point was not met"
            for key in keys:
                on.note(key, noted)
            noted += 1
            time.sleep(0.05)
        assert victim.returncode == -signal.SIGKILL
        running[part] = start(on, part, None)
        while any(len(on.effects(key)) < noted for key in keys):
            assert time.monotonic() < deadline, {str(key): len(on.effects(key)) for key in keys}
            time.sleep(0.1)
    finally:
        for process in running.values():
            process.kill()
            process.wait()
    for key in keys:
        assert on.effects(key) == list(range(noted))
    assert on.dead() == []
