"""A worker that is asked to stop does, whichever of its threads the signal was given to.

Run as a module it is that worker, which sends the signal to a thread of its own.
"""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from shared.path.handlers import Handlers
from shared.path.worker import WorkerSpec, run_worker
from shared.settings import Settings
from tests.path.stage import Stage

ROOT = Path(__file__).resolve().parents[2]


def test_a_signal_that_another_thread_was_given_stops_a_worker(on: Stage) -> None:
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.path.test_stopping", on.log_url, on.owner_url, on.owner],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert worker.wait(60) == 0
    finally:
        worker.kill()
        worker.wait()


def _signal_itself() -> None:
    while not any(thread.name == "relay" for thread in threading.enumerate()):
        time.sleep(0.1)
    time.sleep(0.5)  # until the main thread waits
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)


def main(log_url: str, database_url: str, owner: str) -> None:
    threading.Thread(target=_signal_itself, daemon=True).start()
    settings = Settings(
        service=owner,
        database_url=database_url,
        worker_database_url=database_url,
        event_log_url=log_url,
        event_key=bytes(32),
        vault_key=bytes(32),
        cursor_key=bytes(32),
        actor_public_key=b"",
    )
    sys.exit(run_worker(settings, WorkerSpec(Handlers(owner)), parts=("relay",)))


if __name__ == "__main__":
    main(*sys.argv[1:])
