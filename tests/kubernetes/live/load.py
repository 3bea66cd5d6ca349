"""People who ask without patience: no request is sent twice, and each that fails is told."""

import secrets
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import httpx

from deploy.local.journey.accounts import Door
from deploy.local.journey.client import Client
from deploy.local.journey.waiting import until
from tests.kubernetes.live.platform import DATABASES, URL, Platform

READS = ("/me", "/intake/couples?limit=1", "/sessions/rooms", "/notify/me/inbox")
PAUSE_S = 0.2
_KNOWN_IN = {
    "sessions": "SELECT couple_id FROM couple",
    "notify": "SELECT couple_id FROM couple",
    "integration": "SELECT DISTINCT couple_id FROM couple_partner",
    "gateway": "SELECT DISTINCT couple_id FROM partner",
}
assert {*_KNOWN_IN, "intake"} == set(DATABASES)


@dataclass
class Load:
    """A front desk at work from some windows: reading on kept and on new connections, registering couples."""

    operator_key: str
    made: list[str] = field(default_factory=list)  # couples whose registration was answered with 201
    answers: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest_s: float = 0.0

    def __post_init__(self) -> None:
        slug = f"rowan-{secrets.token_hex(5)}"
        authorization = f"Operator {self.operator_key}"
        Client(URL, authorization=authorization).make(
            "/practices", {"name": "Rowan", "slug": slug, "zone": "America/Denver", "is_demo": True}
        )
        door = Door(URL, slug)
        admin = door.add_staff(
            Client(URL, authorization=authorization, practice=slug),
            "Ada",
            f"ada@{slug}.example",
            ["practice_admin"],
        )
        desk = door.add_staff(admin.client, "Dee", f"dee@{slug}.example", ["front_desk"])
        for path in READS:  # a service that does not know the practice yet has nothing to show
            until("an answer", lambda: desk.client.get(path), lambda answer: answer.status == 200)  # noqa: B023
        self._headers = {"Authorization": door.sign_in(desk.person_id)}
        self._stop, self._lock = threading.Event(), threading.Lock()
        bodies = (self._read_on_one_connection, self._read_on_new_ones, self._register, self._register)
        self._threads = [threading.Thread(target=body) for body in bodies]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def requests(self) -> int:
        return self.answers.total() + len(self.failures)

    def _read_on_one_connection(self) -> None:
        with self._client() as client:
            while not self._stop.is_set():
                for path in READS:
                    self._ask(client, "GET", path, 200)

    def _read_on_new_ones(self) -> None:
        while not self._stop.is_set():
            for path in READS:
                with self._client() as client:
                    self._ask(client, "GET", path, 200)

    def _register(self) -> None:
        with self._client() as client:
            while not self._stop.is_set():
                names = [{"display_name": f"{who} {secrets.token_hex(3)}"} for who in ("One", "Two")]
                answer = self._ask(client, "POST", "/intake/couples", 201, {"partners": names})
                if answer is not None:
                    with self._lock:
                        self.made.append(answer.json()["couple_id"])

    def _client(self) -> httpx.Client:
        return httpx.Client(
            base_url=f"{URL}/api/v1", headers=self._headers, timeout=httpx.Timeout(20.0, connect=5.0),
            trust_env=False,
        )  # fmt: skip

    def _ask(
        self, client: httpx.Client, method: str, path: str, wanted: int, body: object = None
    ) -> httpx.Response | None:
        headers = {} if method == "GET" else {"Idempotency-Key": f"load-{secrets.token_hex(12)}"}
        began, answer = time.monotonic(), None
        try:
            answer = client.request(method, path, json=body, headers=headers)
            failure = None if answer.status_code == wanted else f"{answer.status_code} {answer.text[:200]}"
        except httpx.HTTPError as error:
            failure = f"{type(error).__name__} {error}"
        with self._lock:
            self.slowest_s = max(self.slowest_s, time.monotonic() - began)
            if failure is None and answer is not None:
                self.answers[answer.status_code] += 1
            else:
                self.failures.append(f"{time.strftime('%H:%M:%S')} {method} {path}: {failure}")
        self._stop.wait(PAUSE_S)
        return answer if failure is None else None

    def lost(self, platform: Platform) -> dict[str, int]:
        """Couples that were accepted and that a service does not know, by service."""
        found = {}
        for database, query in _KNOWN_IN.items():
            known = set(platform.rows(database, query))
            if away := len(set(self.made) - known):
                found[database] = away
        return found
