"""The services behind the gateway: pooled HTTP with a fresh actor token per call, and patience with restarts.

The gateway is the only one that calls services. Nothing of where they live ever leaves here: a failure is one
of our own problems, and of an answer only its status, body and the headers named below go on.
"""

import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
import structlog

from shared.clock import Clock
from shared.errors import Malformed, NotFound, Unavailable, Unexpected
from shared.telemetry import trace
from shared.web.actor import Actor, Signer

log = structlog.get_logger()
PATIENCE_S = 5.0
"""How long a call is tried again for: a service that its supervisor starts again is back within it."""
_TIMEOUT = httpx.Timeout(15.0, connect=1.0, pool=5.0)
"""To connect takes milliseconds, or is in vain: at a pod that no policy knows yet, say. The next one may answer."""
_LIMITS = httpx.Limits(max_connections=32, max_keepalive_connections=16, keepalive_expiry=60.0)
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 0.5
_PROBE_S, _PROBES_S = 1.0, 2.0
"""How long one probe of readiness may wait for each step, and how long all of them may take together."""
_BEHIND = "attune_consumer_lag_events{"
_PASSED_ON = ("Content-Type", "ETag", "Retry-After", "Content-Disposition")
_BROKEN = (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""The connection failed or was reset before there was an answer."""


@dataclass(frozen=True)
class Answer:
    """What a service said."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def is_problem(self) -> bool:
        return self.headers.get("Content-Type", "").startswith("application/problem+json")


class Refused(Exception):
    """A service refused one call of a composition, with a problem that is the caller's to know."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Upstream:
    """One pooled client per service. Thread-safe."""

    def __init__(
        self,
        urls: Mapping[str, str],
        *,
        signer: Signer,
        clock: Clock,
        transports: Mapping[str, httpx.BaseTransport] | None = None,
        worker_urls: Mapping[str, str] | None = None,
        patience_s: float = PATIENCE_S,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """`transports` replace HTTP for a name in tests; there, nothing gets better by waiting: no patience."""
        self._signer, self._clock = signer, clock
        self.patience_s, self._pause = patience_s, pause
        self._worker_urls = dict(worker_urls or {})
        self._prober = httpx.Client(timeout=_PROBE_S, trust_env=False)
        self._probes = ThreadPoolExecutor(16, thread_name_prefix="probe")
        given = dict(transports or {})
        self._clients = {
            name: httpx.Client(
                base_url=urls.get(name, f"http://{name}"),
                transport=given.get(name),
                timeout=_TIMEOUT,
                limits=_LIMITS,
                trust_env=False,  # a proxy of the environment must never see an actor's token
                headers={"Accept-Encoding": "identity", "User-Agent": "attune-gateway"},
            )
            for name in {*urls, *given}
        }

    @property
    def names(self) -> list[str]:
        return sorted(self._clients)

    def call(
        self,
        service: str,
        method: str,
        path: str,
        *,
        actor: Actor,
        headers: Mapping[str, str] | None = None,
        query: bytes = b"",
        body: bytes = b"",
        is_repeatable: bool = False,
        waits_for_news: bool = False,
    ) -> Answer:
        """Ask `service` for `path` (below /api/v1/<service>/) as `actor`.

        A broken connection is tried again within the patience when `is_repeatable`; an answer of 503 only with
        `waits_for_news` (the service has not learned yet what this call is about). Raises Unavailable.
        """
        started, pause = time.monotonic(), _FIRST_PAUSE_S
        while True:
            try:
                answer: Answer | None = self._once(service, method, path, actor, headers or {}, query, body)
                assert answer is not None
                if answer.status != 503 or not waits_for_news:
                    return answer
            except _BROKEN as error:
                answer = None
                log.warning("a service did not answer", name=service, error_type=type(error).__name__)
                if not is_repeatable:
                    raise Unavailable from None
            except httpx.InvalidURL:
                raise Malformed from None
            except httpx.HTTPError as error:
                log.warning("a service did not answer", name=service, error_type=type(error).__name__)
                raise Unavailable from None
            if time.monotonic() - started + pause > self.patience_s:
                if answer is None:
                    raise Unavailable
                return answer
            self._pause(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    def compose(
        self,
        service: str,
        method: str,
        path: str,
        *,
        actor: Actor,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        key: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One call of a composition: repeatable by its `key` (or by being a GET or PUT), and patient.

        Returns a success. Raises NotFound, Unavailable, Unexpected, or Refused with what the caller should know.
        """
        sent = {**({"Idempotency-Key": key} if key else {}), **(headers or {})}
        content = b""
        if body is not None:
            content = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        answer = self.call(
            service,
            method,
            path,
            actor=actor,
            headers=sent,
            query=urlencode(query or {}).encode(),
            body=content,
            is_repeatable=True,
            waits_for_news=True,
        )
        if answer.status < 300:
            return answer
        if answer.status == 404:
            raise NotFound
        if answer.status in (429, 503):
            raise Unavailable
        if answer.is_problem and answer.status in (400, 409, 412, 413, 422):
            raise Refused(answer)
        log.error("a service answered a composed call unexpectedly", name=service, status=answer.status)
        raise Unexpected

    def document(self, service: str) -> dict[str, Any]:
        """What a service says of its own API (OpenAPI). Raises Unavailable."""
        try:
            answer = self._clients[service].get("/openapi.json", timeout=_PROBE_S * 5)
            described = answer.json() if answer.status_code == 200 else None
        except (httpx.HTTPError, ValueError):
            described = None
        if not isinstance(described, dict):
            raise Unavailable
        return described

    @property
    def watched_workers(self) -> list[str]:
        """Services of whose worker the address is known here."""
        return sorted(self._worker_urls)

    def records_behind(self) -> dict[str, int | None]:
        """Per service whose worker is known: records it has yet to apply, ticks too. None: it does not say."""
        asked = {name: self._probes.submit(self._behind, url) for name, url in self._worker_urls.items()}
        done, _ = wait(asked.values(), timeout=_PROBES_S)
        return {name: probe.result() if probe in done else None for name, probe in asked.items()}

    def _behind(self, internal_url: str) -> int | None:
        try:
            answer = self._prober.get(f"{internal_url}/metrics")
        except httpx.HTTPError:
            return None
        lines = [line for line in answer.text.splitlines() if line.startswith(_BEHIND)]
        try:
            return int(sum(float(line.rpartition(" ")[2]) for line in lines)) if lines else None
        except ValueError:
            return None

    def waited_for(self) -> list[str]:
        """Names of the services that don't answer, then of the workers (whose address is known) not ready yet.

        All are asked at the same time, and who has not answered when the time is over is waited for.
        """
        asked = [(name, self._probes.submit(self._is_alive, name)) for name in self.names]
        asked += [
            (f"{name}-worker", self._probes.submit(self._is_ready, url))
            for name, url in sorted(self._worker_urls.items())
        ]
        done, late = wait([probe for _, probe in asked], timeout=_PROBES_S)
        for probe in late:
            probe.cancel()
        return [name for name, probe in asked if probe not in done or not probe.result()]

    def _is_alive(self, service: str) -> bool:
        """Whether the service's web answers at all: it asks somebody without a token to sign in."""
        try:
            answer = self._clients[service].get(f"/api/v1/{service}/clock", timeout=_PROBE_S)
        except httpx.HTTPError:
            return False
        return answer.status_code in (200, 401)

    def _is_ready(self, internal_url: str) -> bool:
        try:
            return self._prober.get(f"{internal_url}/readyz").status_code == 200
        except httpx.HTTPError:
            return False

    def _once(
        self,
        service: str,
        method: str,
        path: str,
        actor: Actor,
        headers: Mapping[str, str],
        query: bytes,
        body: bytes,
    ) -> Answer:
        client = self._clients.get(service)
        if client is None:
            raise Unavailable
        url = client.base_url.copy_with(path=f"/api/v1/{service}/{path}", query=query or None)
        token = self._signer.sign(actor, audience=service, now=self._clock())
        about = {"http.request.method": method, "attune.service": "gateway", "attune.peer": service}
        with trace.step(f"{method} {service}", "client", about) as told:
            here = trace.current()
            sent = {
                **headers,
                "Authorization": f"Bearer {token}",
                **({"traceparent": here.header()} if here else {}),
            }
            got = client.request(method, url, headers=sent, content=body or None)
            if told is not None:
                told.tell({"http.response.status_code": got.status_code})
        return Answer(
            got.status_code,
            got.content,
            {name: got.headers[name] for name in _PASSED_ON if name in got.headers},
        )
