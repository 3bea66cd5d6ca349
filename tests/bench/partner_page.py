"""A partner's page whole, from a platform of its own on this machine, beside its services' answers fetched by hand.

By hand: the same questions with the same rights, asked at the same time at the services' own doors, and nothing made
of the answers. What a page costs beyond that is the gateway's: who is asking, the frame, the template, one more hop.
"""

import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import httpx

from deploy.local.keys import open_keys
from shared.clock import utcnow
from shared.web.actor import PARTNER, Actor, Signer
from tests.folders import open_folder
from tests.journey.platform import Platform

LOOKS = int(os.environ.get("ATTUNE_BENCH_LOOKS", "100"))
PRACTICE = "oak"
ASKED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "today": (
        ("sessions", "me/sessions"),
        ("integration", "me/check-ins"),
        ("intake", "me/intention"),
        ("notify", "me/inbox"),
    ),
    "journal": (("intake", "me/couple"), ("integration", "me/journal?limit=20")),
}
"""What each page asks of whom."""


@dataclass(frozen=True)
class Reader:
    """A partner of the demo, with a browser's cookie and with tokens for each service."""

    platform: Platform
    cookie: str
    actor: Actor
    signer: Signer


def partner_pages(rounds: int) -> Mapping[str, list[tuple[float, float]]]:
    """Milliseconds (the 95th of LOOKS) of each page and of its answers by hand, looked at in turn, round by round."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in ASKED}
    with (
        _reader() as reader,
        httpx.Client(timeout=30) as browser,
        httpx.Client(timeout=30) as services,
        ThreadPoolExecutor(8) as threads,
    ):
        for name in list(ASKED) * rounds:
            page = _page(reader, browser, name)
            by_hand = _by_hand(reader, services, threads, name)
            spent = [(_timed(page), _timed(by_hand)) for _ in range(LOOKS)]
            found[name].append((_p95([one for one, _ in spent]), _p95([one for _, one in spent])))
    return found


@contextmanager
def _reader() -> Iterator[Reader]:
    with open_folder() as folder:
        platform = Platform(folder)
        platform.start()
        try:
            yield _sign_in(platform)
        finally:
            platform.stop()


def _sign_in(platform: Platform) -> Reader:
    api = f"{platform.url}/api/v1"
    deadline = time.monotonic() + 120
    partners: list[str] = []
    while not partners:
        assert time.monotonic() < deadline, "the demo has no partner yet"
        answer = httpx.get(f"{api}/demo/people", params={"practice": PRACTICE}, timeout=10)
        people = answer.json()["items"] if answer.status_code == 200 else []
        partners = [one["person_id"] for one in people if PARTNER in one["roles"]]
        time.sleep(0.5)
    body, once = {"practice": PRACTICE, "person_id": partners[0]}, {"Idempotency-Key": secrets.token_hex(16)}
    answer = httpx.post(f"{api}/demo/sign-in", json=body, headers=once, timeout=10)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    keys = open_keys(platform.folder / "data" / "keys", may_make=False)
    actor = Actor(UUID(made["practice_id"]), UUID(made["person_id"]), frozenset({PARTNER}))
    return Reader(platform, made["token"], actor, Signer(keys.actor_private))


def _page(reader: Reader, browser: httpx.Client, name: str) -> Callable[[], None]:
    headers = {"Accept": "text/html", "Cookie": f"__Host-attune={reader.cookie}"}

    def look() -> None:
        answer = browser.get(f"{reader.platform.url}/{name}", headers=headers)
        assert answer.status_code == 200, answer.text

    return look


def _by_hand(
    reader: Reader, services: httpx.Client, threads: ThreadPoolExecutor, name: str
) -> Callable[[], None]:
    listed = reader.platform.processes()
    doors = {one["service"]: one["url"] for one in listed if one["kind"] == "web"}

    def ask(asked: tuple[str, str]) -> None:
        service, path = asked
        token = reader.signer.sign(reader.actor, audience=service, now=utcnow())
        url = f"{doors[service]}/api/v1/{service}/{path}"
        answer = services.get(url, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, answer.text

    def look() -> None:
        for _ in threads.map(ask, ASKED[name]):
            pass

    return look


def _timed(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def _p95(spent: list[float]) -> float:
    return sorted(spent)[int(len(spent) * 0.95)]
