"""A relay in a process of its own, to be stopped from outside: `start(on)`, or `python -m tests.path.relaying …`."""

import subprocess
import sys
import threading
from pathlib import Path

from shared.eventlog import open_log
from shared.path.relay import Relay
from tests.path.stage import Stage

ROOT = Path(__file__).resolve().parents[2]


def start(on: Stage) -> subprocess.Popen[bytes]:
    """The stage owner's relay, running."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.path.relaying", on.log_url, on.owner_url, on.owner],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def main(log_url: str, database_url: str, owner: str) -> None:
    Relay(database_url, open_log(log_url), service=owner).run(threading.Event())


if __name__ == "__main__":
    main(*sys.argv[1:])
