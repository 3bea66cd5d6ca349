"""People at the door while a platform is upgraded: every request counts, none is tried again."""

import secrets
import threading
import time
from dataclasses import dataclass, field

import httpx

_EVERY_S = 2.0  # so many enquiries a practice takes from one address
_LOOKS_S = 1.0  # and two looks a second at its times


@dataclass
class Load:
    """Looks at pages without a pause, and enquires now and then. `accepted`: ids of enquiries that were taken."""

    url: str
    accepted: list[str] = field(default_factory=list)
    looks: int = 0
    failed: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> "Load":
        for run in (self._look, self._look, self._enquire, self._read):
            thread = threading.Thread(target=run)
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _look(self) -> None:
        """Through the gateway and a service behind it."""
        while not self._stop.is_set():
            self._ask("GET", "/api/v1/p/oak/consultation-times")
            self.looks += 1
            self._stop.wait(_LOOKS_S)

    def _read(self) -> None:
        """A page that the gateway makes by itself, without a pause."""
        while not self._stop.is_set():
            self._ask("GET", "/p/oak/thanks")
            time.sleep(0.05)

    def _enquire(self) -> None:
        while not self._stop.is_set():
            body = {"display_name": "Somebody", "email": f"{secrets.token_hex(6)}@oak.example"}
            answer = self._ask("POST", "/api/v1/p/oak/enquiries", body)
            if answer is not None:
                self.accepted.append(answer.json()["enquiry_id"])
            self._stop.wait(_EVERY_S)

    def _ask(self, method: str, path: str, body: dict[str, str] | None = None) -> httpx.Response | None:
        try:
            headers = {"Idempotency-Key": secrets.token_hex(16)} if body else {}
            answer = httpx.request(method, f"{self.url}{path}", json=body, headers=headers, timeout=60)
        except httpx.HTTPError as error:
            self.failed.append(f"{method} {path}: {type(error).__name__}")
            return None
        if not answer.is_success:
            self.failed.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
            return None
        return answer
