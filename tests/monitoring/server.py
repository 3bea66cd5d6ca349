"""A real Prometheus with the rules, asking the processes of a real platform every second."""

import json
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.folders import open_folder
from tests.journey.platform import free_port
from tests.monitoring.programs import RULES, program

_READY_S = 30


class StillStarting(Exception):
    """It listens, and answers nothing yet."""


@dataclass
class Prometheus:
    url: str

    def ask(self, expr: str) -> list[Any]:
        """What the query finds now. Fails when it can't be read or run; raises StillStarting."""
        response = httpx.get(f"{self.url}/api/v1/query", params={"query": expr}, timeout=10)
        if response.status_code == 503:
            raise StillStarting
        answer = response.json()
        assert answer["status"] == "success", f"{expr}: {answer}"
        found: list[Any] = answer["data"]["result"]
        return found

    def wait_for(self, expr: str) -> None:
        deadline = time.monotonic() + _READY_S
        while not self._has(expr):
            assert time.monotonic() < deadline, f"nothing after {_READY_S} s: {expr}"
            time.sleep(0.3)

    def _has(self, expr: str) -> bool:
        try:
            return bool(self.ask(expr))
        except (httpx.TransportError, StillStarting):
            return False


@contextmanager
def asking(targets: dict[str, Sequence[str]]) -> Iterator[Prometheus]:
    """Asks `targets` (job → host:port) until the end, which stops it."""
    with open_folder() as folder:
        port = free_port()
        config = _config(folder, targets)
        process = subprocess.Popen(
            [
                program("prometheus"),
                f"--config.file={config}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield Prometheus(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait(20)


def _config(folder: Path, targets: dict[str, Sequence[str]]) -> Path:
    jobs = [{"job_name": job, "static_configs": [{"targets": list(those)}]} for job, those in targets.items()]
    every = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    file = folder / "prometheus.json"
    file.write_text(json.dumps({"global": every, "rule_files": [f"{RULES}/*.yml"], "scrape_configs": jobs}))
    return file
