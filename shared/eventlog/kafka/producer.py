"""Appends to Kafka: all in-sync replicas acknowledge, and the broker drops what a retry sends twice."""

import contextlib
import functools
import time
from collections.abc import Callable, Sequence
from typing import Any

from kafka import KafkaProducer
from kafka.errors import IllegalStateError, KafkaError

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
        self._newest: KafkaSending | None = None
        self._stopped_by: KafkaSending | None = None  # failed, and nobody has asked yet
        self._under_way_bytes = 0
        self._halt: Callable[[Exception], None] = _nothing

    def append(self, records: Sequence[Outgoing]) -> list[Exception | None]:
        return self.send(records).outcome()

    def send(self, records: Sequence[Outgoing]) -> "KafkaSending":
        """Hand over in order, bounded in flight.

        After the first failure nothing more is sent until its outcome has been asked for: a later record must not
        overtake an earlier one.
        """
        sending = KafkaSending(self, refusals(records))
        if any(sending.errors) and self._stopped_by is None:
            self._stopped_by = sending
        for index, record in enumerate(records):
            if sending.errors[index] is not None:
                continue
            if sending.has_failed or self._stopped_by not in (None, sending):
                sending.errors[index] = HeldBack("an earlier record failed")
                continue
            if self._producer is None:
                self._producer = make(KafkaProducer, self._bootstrap, **SETTINGS)
                self._halt = functools.partial(_halt, self._producer._sender)
            try:
                future = self._producer.send(
                    record.topic,
                    value=record.value,
                    key=record.key,
                    headers=list(record.headers),
                    partition=record.partition,
                )
            except (KafkaError, ValueError) as error:
                sending.fail(index, error)
                self._stopped_by = self._stopped_by or sending
                continue
            future.add_errback(self._halt)
            sending.waiting.append((index, future))
            self._under_way_bytes += len(record.value) + len(record.key)
            if self._under_way_bytes > MAX_IN_FLIGHT_BYTES:
                self._flush()
        self._newest = sending
        return sending

    def settle(self, sending: "KafkaSending") -> None:
        """Wait until each record of it is acknowledged or failed."""
        if sending is self._newest:
            self._flush()  # nothing follows that would fill its batches: don't let them linger
        deadline = time.monotonic() + DELIVERY_TIMEOUT_MS / 1000 + 2  # the producer itself gives up before
        for index, future in sending.waiting:
            if future.is_done and future.exception is None:
                continue
            try:
                future.get(max(0.0, deadline - time.monotonic()))
            except IllegalStateError:  # not sent: its producer was halted by the failure of another
                sending.fail(index, HeldBack("an earlier record failed"))
            except KafkaError as error:
                sending.fail(index, error)
        if sending.has_failed:
            self._discard()
        if self._stopped_by is sending:
            self._stopped_by = None

    def unavailable(self, why: Exception) -> LogUnavailable:
        return LogUnavailable(f"Kafka at {self._bootstrap} took nothing: {why}")

    def _flush(self) -> None:
        self._under_way_bytes = 0
        if self._producer is not None:
            with contextlib.suppress(KafkaError):  # each future says it again, with its own reason
                self._producer.flush(DELIVERY_TIMEOUT_MS / 1000 + 2)

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


class KafkaSending:
    """Records handed to kafka-python, and what became of them."""

    def __init__(self, producer: KafkaLogProducer, refused: list[Exception | None]) -> None:
        self._producer = producer
        self._is_refused = [error is not None for error in refused]
        self.errors = refused
        self.waiting: list[tuple[int, Any]] = []
        self.has_failed = False

    def fail(self, index: int, error: Exception) -> None:
        self.errors[index] = error
        self.has_failed = True

    def outcome(self) -> list[Exception | None]:
        self._producer.settle(self)
        tried = [error for error, refused in zip(self.errors, self._is_refused, strict=True) if not refused]
        if tried and all(isinstance(error, (KafkaError, HeldBack)) for error in tried):
            why = next(error for error in tried if error is not None)
            raise self._producer.unavailable(why) from why
        return self.errors


def _halt(sender: Any, _error: Exception) -> None:
    """Send nothing more: a later batch of a partition must not follow one that failed into the log.

    kafka-python has one batch of a partition on its way at a time, but goes on with the next one whatever became
    of the first: when that one was given up, the next is acknowledged as soon as the broker is back (a gap in the
    sequence numbers does not stop it: a batch that was never sent took none, a raised epoch starts them anew).
    A failure is told on the sender's own thread before it looks at what to send next, so this is in time. It is
    that very sender which is stopped: one that was given up may tell of its failures late.
    """
    if not sender._force_close:
        sender.force_close()


def _nothing(_error: Exception) -> None:
    """No producer yet, so nothing to stop."""
