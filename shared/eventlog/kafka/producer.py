"""Appends to Kafka: all in-sync replicas acknowledge, and the broker drops what a retry sends twice."""

import contextlib
from collections.abc import Sequence
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError

from shared.eventlog.admission import HeldBack, refusals
from shared.eventlog.interface import LogUnavailable, Outgoing
from shared.eventlog.kafka.client import make

DELIVERY_TIMEOUT_MS = 15_000
MAX_IN_FLIGHT_BYTES = 16_000_000
"""kafka-python has no limit of its own to what waits in memory (docs/event-path.md, trap 5)."""

SETTINGS: dict[str, Any] = {
    "acks": "all",
    "enable_idempotence": True,
    "linger_ms": 20,  # costs no time: `append` flushes what it has sent
    "batch_size": 256 * 1024,
    "compression_type": "lz4",  # no slower when measured, and the headers of events are much alike
    "metrics_enabled": False,  # the default halves the throughput
    "allow_auto_create_topics": False,
    "max_block_ms": 5_000,
    "request_timeout_ms": 10_000,
    "delivery_timeout_ms": DELIVERY_TIMEOUT_MS,
}


class KafkaLogProducer:
    """One kafka-python producer, made at the first append and anew after a failure.

    Anew, because a producer that failed may still hold records, and one whose epoch was raised has lost
    some: appending those again in order is the outbox's business, which knows what was acknowledged.
    """

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._producer: Any = None

    def append(self, records: Sequence[Outgoing]) -> list[Exception | None]:
        outcome = refusals(records)
        wanted = [index for index, error in enumerate(outcome) if error is None]
        if not wanted:
            return outcome
        if self._producer is None:
            self._producer = make(KafkaProducer, self._bootstrap, **SETTINGS)
        errors = self._send(self._producer, records, wanted)
        for index, error in errors.items():
            outcome[index] = error
        if errors:
            self._discard()
        if len(errors) == len(wanted) and all(isinstance(e, (KafkaError, HeldBack)) for e in errors.values()):
            first = next(iter(errors.values()))
            raise LogUnavailable(f"Kafka at {self._bootstrap} took nothing: {first}") from first
        return outcome

    def _send(self, producer: Any, records: Sequence[Outgoing], wanted: list[int]) -> dict[int, Exception]:
        """Send what is wanted, bounded in flight; returns the errors by index.

        After the first failure nothing more is sent: a later record must not overtake an earlier one.
        """
        errors: dict[int, Exception] = {}
        waiting: list[tuple[int, Any]] = []
        waiting_bytes = 0
        for index in wanted:
            record = records[index]
            if errors:
                errors[index] = HeldBack("an earlier record failed")
                continue
            try:
                future = producer.send(
                    record.topic,
                    value=record.value,
                    key=record.key,
                    headers=list(record.headers),
                    partition=record.partition,
                )
            except (KafkaError, ValueError) as error:
                errors[index] = error
                continue
            future.add_errback(lambda _error, sender=producer._sender: _halt(sender))
            waiting.append((index, future))
            waiting_bytes += len(record.value) + len(record.key)
            if waiting_bytes > MAX_IN_FLIGHT_BYTES:
                errors |= _await(producer, waiting)
                waiting, waiting_bytes = [], 0
        return errors | _await(producer, waiting)

    def _discard(self) -> None:
        """Close without waiting for anything that is still buffered: nothing may be sent behind our back."""
        producer, self._producer = self._producer, None
        if producer is None:
            return
        producer._sender.force_close()
        with contextlib.suppress(KafkaError):
            producer.close(timeout=1)

    def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            with contextlib.suppress(KafkaError):
                producer.close(timeout=5)


def _halt(sender: Any) -> None:
    """Send nothing more: a later batch of a partition must not follow one that failed into the log.

    kafka-python has one batch of a partition on its way at a time, but goes on with the next one whatever became of
    the first: when that one was given up, the next is acknowledged as soon as the broker is back (a gap in the
    sequence numbers does not stop it: a batch that was never sent took none, a raised epoch starts them anew).
    A failure is told on the sender's own thread before it looks at what to send next, so this is in time.
    """
    if not sender._force_close:
        sender.force_close()


def _await(producer: Any, waiting: list[tuple[int, Any]]) -> dict[int, Exception]:
    """Wait until each record is acknowledged or failed."""
    seconds = DELIVERY_TIMEOUT_MS / 1000 + 2  # the producer itself gives up at the delivery timeout
    errors: dict[int, Exception] = {}
    with contextlib.suppress(KafkaError):  # each future says it again, with its own reason
        producer.flush(seconds)
    for index, future in waiting:
        try:
            future.get(seconds if future is waiting[0][1] else 0)
        except KafkaError as error:
            errors[index] = error
    return errors
