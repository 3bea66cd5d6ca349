"""`attune events tail --follow`: what comes is shown as it comes, until Ctrl-C."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path
from uuid import uuid4

from shared.events.gateway import StaffJoined
from tests.events_cli.clinic import Clinic


def test_what_comes_is_shown_until_ctrl_c(clinic: Clinic) -> None:
    command = [str(Path(sys.executable).parent / "attune"), "events", "tail", "--follow", "--json"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ATTUNE_")}
    tail = subprocess.Popen(
        [*command, "--data", str(clinic.data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean,
    )
    lines: queue.Queue[str] = queue.Queue()
    assert tail.stdout is not None
    reading = threading.Thread(target=lambda: [lines.put(line) for line in tail.stdout or ()], daemon=True)
    reading.start()
    for _ in range(2):
        joined = StaffJoined(person_id=uuid4(), roles=(), contact_id=uuid4())
        [event_id] = clinic.record("gateway", uuid4(), joined)
        clinic.relay("gateway")
        assert json.loads(lines.get(timeout=40))["event_id"] == str(event_id)
    tail.send_signal(signal.SIGINT)
    assert tail.wait(20) == 130
    reading.join(5)
    assert tail.stderr is not None
    assert tail.stderr.read().strip() == ""
