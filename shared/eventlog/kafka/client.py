"""Making kafka-python's clients: what all of them share, and their failures in the interface's words."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from kafka.errors import KafkaConnectionError, KafkaError, RetriableError
from kafka.net.compat import KafkaNetClient

from shared.eventlog.interface import LogUnavailable

Client = TypeVar("Client")

BOOTSTRAP_TIMEOUT_MS = 5_000

COMMON: dict[str, Any] = {
    "bootstrap_timeout_ms": BOOTSTRAP_TIMEOUT_MS,
    # A broker that comes back is found again within a second, not within the default half minute.
    "reconnect_backoff_max_ms": 1_000,
    "client_id": "attune",
}


def make(kind: Callable[..., Client], bootstrap: str, **settings: Any) -> Client:
    """A connected client of this kind. Raises LogUnavailable when no broker answers.

    A constructor of kafka-python that fails leaves its network thread running; it is stopped here, or a
    caller that tries again and again would collect threads.
    """
    nets: list[Any] = []

    def net(**configs: Any) -> Any:
        nets.append(KafkaNetClient(**configs))
        return nets[-1]

    servers = bootstrap.split(",")
    try:
        return kind(bootstrap_servers=servers, kafka_client=net, **COMMON, **settings)
    except (KafkaError, OSError) as error:
        for left in nets:
            with contextlib.suppress(Exception):
                left.close()
                left._net.stop(timeout_ms=1_000)
        if isinstance(error, (RetriableError, KafkaConnectionError, OSError)):
            raise LogUnavailable(f"Kafka does not answer at {bootstrap}") from error
        raise


@contextlib.contextmanager
def plainly(bootstrap: str) -> Iterator[None]:
    """Turn kafka-python's passing failures into LogUnavailable. Others are faults and stay as they are."""
    try:
        yield
    except RetriableError as error:
        raise LogUnavailable(f"Kafka at {bootstrap} failed: {type(error).__name__}") from error
