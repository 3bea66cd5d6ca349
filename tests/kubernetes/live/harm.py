"""Pods are killed while couples go their way."""

import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

from tests.kubernetes.live.cluster import Failed, say
from tests.kubernetes.live.platform import DATABASES, STORES, URL, Platform

EVERY_KIND = (
    *(f"{service}-{process}" for service in DATABASES for process in ("web", "worker")),
    *STORES,
)
_BETWEEN_S = 3.0


def play_journey(operator_key: str) -> str:
    """The last line of `attune journey`. Raises Failed when anything is off."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.kubernetes.live.journey", "--url", URL],
        env={**os.environ, "ATTUNE_OPERATOR_KEY": operator_key}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise Failed(f"the journey: {' '.join(done.stderr.splitlines()[-3:])}")
    return done.stdout.strip().splitlines()[-1]


@dataclass
class Journeys:
    """Journeys one after another, until told to stop."""

    operator_key: str
    played: list[str] = field(default_factory=list)
    failure: Failed | None = None

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Journeys":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set() and self.failure is None:
            try:
                self.played.append(play_journey(self.operator_key))
                say(f"  a journey passed: {self.played[-1]}")
            except Failed as failure:
                self.failure = failure


def kill(platform: Platform, kind: str) -> float:
    """Kill a pod without a word. Seconds until another stands in its place, ready."""
    name, _, component = kind.partition("-") if kind not in STORES else (kind, "", "")
    wanted = f"app.kubernetes.io/name={name},app.kubernetes.io/component={component}" if component else (
        f"attune-part={ {'postgres': 'database'}.get(kind, kind) }"
    )  # fmt: skip
    before = {one["metadata"]["uid"] for one in platform.cluster.objects("pods", "--selector", wanted)}
    # A store's next pod must not start beside the one that is dying, on the same files: it gets a second.
    how = ["--grace-period=1"] if kind in STORES else ["--grace-period=0", "--force"]
    platform.cluster.ours("delete", "pod", "--selector", wanted, *how)

    def is_back() -> bool:
        pods = platform.cluster.objects("pods", "--selector", wanted)
        return bool(pods) and all(
            one["metadata"]["uid"] not in before
            and is_ready(one)
            and "deletionTimestamp" not in one["metadata"]
            for one in pods
        )

    return platform.cluster.until(f"another {kind}", is_back, within_s=300.0)


def is_ready(pod: dict[str, object]) -> bool:
    status = pod["status"]
    assert isinstance(status, dict)
    return any(one["type"] == "Ready" and one["status"] == "True" for one in status.get("conditions", []))


def kill_each_kind(platform: Platform) -> tuple[dict[str, float], list[str]]:
    """Seconds without each kind, and what the journeys beside said. Raises Failed when one of them is off."""
    took: dict[str, float] = {}
    with Journeys(platform.operator_key) as journeys:
        for kind in EVERY_KIND:
            time.sleep(_BETWEEN_S)
            took[kind] = round(kill(platform, kind), 1)
            say(f"  killed {kind}: another was ready after {took[kind]} s")
            if journeys.failure is not None:
                break
    if journeys.failure is not None:
        raise Failed(f"while pods were killed ({', '.join(took)}): {journeys.failure}")
    return took, journeys.played
