"""A real Alertmanager with our configuration, and somebody who takes its calls."""

import json
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.folders import open_folder
from tests.journey.platform import free_port
from tests.monitoring.programs import ALERTMANAGER, program

_LONGEST_S = 30.0
Labels = Mapping[str, str]


def playable(urls: Mapping[str, str], receivers: list[Any] | None = None) -> dict[str, Any]:
    """Our configuration for Debian's Alertmanager, 0.25: addresses stand in it, as `url_file` came with 0.26.

    `urls`: receiver → address. `receivers`: others in place of ours.
    """
    config: dict[str, Any] = yaml.safe_load(ALERTMANAGER.read_text(encoding="utf-8"))
    if receivers is not None:
        config["receivers"] = receivers
    for receiver in config["receivers"]:
        for hook in receiver.get("webhook_configs", []):
            assert hook.pop("url_file") == f"/run/alerts/{receiver['name']}_url"
            hook["url"] = urls[receiver["name"]]
    return config


@dataclass
class Desk:
    """What came to each receiver: the labels of every alert, as it was told."""

    url: str
    called: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def fire(self, *alerts: Labels) -> None:
        httpx.post(
            f"{self.url}/api/v2/alerts", json=[{"labels": dict(one)} for one in alerts]
        ).raise_for_status()

    def was_told(self, receiver: str, labels: Labels) -> bool:
        return any(at == receiver and labels.items() <= told.items() for at, told in list(self.called))

    def wait_for(self, receiver: str, labels: Labels) -> None:
        deadline = time.monotonic() + _LONGEST_S
        while not self.was_told(receiver, labels):
            assert time.monotonic() < deadline, f"{receiver} was never told of {labels}, but of {self.called}"
            time.sleep(0.05)


@contextmanager
def listening() -> Iterator[Desk]:
    """Until the end, which stops both. Groups are told at once: how long they wait is not what is played."""
    port, desk = free_port(), Desk("")
    desk.url = f"http://127.0.0.1:{port}"
    server = ThreadingHTTPServer(("127.0.0.1", 0), _taking(desk))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with open_folder() as folder:
            address = f"http://127.0.0.1:{server.server_port}"
            config = playable({name: f"{address}/{name}" for name in ("page", "ticket")})
            for route in (config["route"], *config["route"]["routes"]):
                route.update(group_wait="0s", group_interval="1s")
            with _alertmanager(folder, config, port):
                _wait_until_ready(desk.url)
                yield desk
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def _alertmanager(folder: Path, config: Mapping[str, Any], port: int) -> Iterator[None]:
    file = folder / "alertmanager.json"
    file.write_text(json.dumps(config))
    process = subprocess.Popen(
        [
            program("prometheus-alertmanager"),
            f"--config.file={file}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def _wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + _LONGEST_S
    while True:
        try:
            if httpx.get(f"{url}/-/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline, "Alertmanager does not get ready"
        time.sleep(0.05)


def _taking(desk: Desk) -> type[BaseHTTPRequestHandler]:
    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            for alert in told["alerts"]:
                desk.called.append((self.path.strip("/"), alert["labels"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: the test says what is wrong."""

    return Taking
