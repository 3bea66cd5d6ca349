"""One person's way to the gateway: what fails on the way is sent again, and never takes effect twice.

A POST keeps its Idempotency-Key over every attempt. An update whose answer was lost is read again first.
"""

import json
import secrets
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx

from deploy.local.journey.faults import Off, shown

PATIENCE_S = 30.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 1.0
_TIMEOUT = httpx.Timeout(10.0, connect=5.0)
_AGAIN = frozenset({429, 502, 503, 504})

Query = Mapping[str, str | int]


@dataclass(frozen=True)
class Answer:
    """What came back."""

    asked: str  # "GET /me/inbox"
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            raise Off(f"JSON from {self.asked}", shown(self)) from None

    @property
    def code(self) -> str | None:
        """The problem document's code, if this is one."""
        try:
            document = json.loads(self.body)
        except ValueError:
            return None
        return document.get("code") if isinstance(document, dict) else None

    def must_be(self, status: int) -> "Answer":
        """This answer. Raises Off when its status is another."""
        if self.status != status:
            raise Off(f"{status} from {self.asked}", shown(self))
        return self

    def __str__(self) -> str:
        return f"{self.status} {shown(self.body, most=300)}"


@dataclass(frozen=True)
class Current:
    """What an update would change: its version, and whether it is already as wanted."""

    version: int | None  # None: it does not exist yet
    is_as_wanted: bool


class Client:
    """Talks to /api/v1 of one platform as one person, the public or the operator."""

    def __init__(
        self,
        url: str,
        *,
        authorization: str | None = None,
        practice: str | None = None,
        renew: Callable[[], str] | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """`renew` gives a new authorization when the old one has run out."""
        self._http = httpx.Client(
            base_url=url.rstrip("/"), timeout=_TIMEOUT, trust_env=False, verify=_authorities()
        )
        self._authorization, self._practice, self._renew = authorization, practice, renew
        self._patience_s = patience_s

    def get(self, path: str, query: Query | None = None) -> Answer:
        """Whatever answer comes, once one comes."""
        return self._send("GET", path, query=query)

    def read(self, path: str, query: Query | None = None) -> Any:
        """The JSON at `path`. Raises Off unless the answer is 200."""
        return self.get(path, query).must_be(200).json

    def items(self, path: str, query: Query | None = None) -> list[Any]:
        """Every item of a list, over all its pages."""
        return list(self._pages(path, dict(query or {})))

    def post(self, path: str, body: object = None, *, key: str | None = None) -> Answer:
        """Whatever answer comes, once one comes; the key is the same for every attempt."""
        return self._send("POST", path, body={} if body is None else body, key=key or new_key())

    def make(self, path: str, body: object = None, *, key: str | None = None) -> Any:
        """The JSON of what was made. Raises Off unless the answer is 201."""
        return self.post(path, body, key=key).must_be(201).json

    def put(self, path: str, body: object, *, current: Callable[[], Current]) -> None:
        """Bring `path` to `body`: read, update what was read, and start over when that failed on the way."""
        deadline, pause = time.monotonic() + self._patience_s, _FIRST_PAUSE_S
        while True:
            before = current()
            if before.is_as_wanted:
                return
            match = {} if before.version is None else {"If-Match": f'"{before.version}"'}
            answer = self._attempt("PUT", path, body=body, headers=match)
            if isinstance(answer, Answer):
                if answer.status in (200, 201):
                    return
                if answer.status not in (*_AGAIN, 401, 412, 428):
                    answer.must_be(200)
            if time.monotonic() > deadline:
                raise Off(f"PUT {path} to be taken within {self._patience_s:g} s", shown(answer))
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    def _pages(self, path: str, query: dict[str, str | int]) -> Iterator[Any]:
        while True:
            page = self.read(path, query)
            yield from page["items"]
            if not page.get("next_cursor"):
                return
            query["cursor"] = page["next_cursor"]

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
        key: str | None = None,
    ) -> Answer:
        headers = {"Idempotency-Key": key} if key else {}
        deadline, pause, was_renewed = time.monotonic() + self._patience_s, _FIRST_PAUSE_S, False
        while True:
            answer = self._attempt(method, path, query=query, body=body, headers=headers)
            if isinstance(answer, Answer) and answer.status == 401 and self._renew and not was_renewed:
                self._authorization, was_renewed = self._renew(), True
                continue
            if isinstance(answer, Answer) and answer.status not in _AGAIN:
                return answer
            if time.monotonic() > deadline:
                raise Off(f"an answer to {method} {path} within {self._patience_s:g} s", shown(answer))
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    def _attempt(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str],
        query: Query | None = None,
        body: object = None,
    ) -> Answer | str:
        """The answer to one attempt, or why there was none."""
        if self._authorization:
            headers = {**headers, "Authorization": self._authorization}
        if self._practice:
            headers = {**headers, "Attune-Practice": self._practice}
        try:
            got = self._http.request(
                method, f"/api/v1{path}", params=query, json=body, headers=headers
            )  # fmt: skip
        except httpx.TransportError as error:
            return f"{type(error).__name__} {error}"
        return Answer(f"{method} {path}", got.status_code, got.content, dict(got.headers))


@cache
def _authorities() -> ssl.SSLContext:
    """Whose certificates are believed: this machine's authorities, or those in the file $SSL_CERT_FILE."""
    return ssl.create_default_context()


def new_key() -> str:
    """A new Idempotency-Key."""
    return f"journey-{secrets.token_hex(16)}"
