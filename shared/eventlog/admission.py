"""What either adapter refuses before it sends: records too big, and those behind a refused one.

One limit for both adapters, so that whatever works on one machine also works over Kafka.
"""

from collections.abc import Sequence

from shared.eventlog.interface import Outgoing

MAX_RECORD_BYTES = 1_000_000
"""Key, value and headers together. Kafka's own default limit is 1 MiB with its framing."""


class RecordTooBig(ValueError):
    """The record can never be appended; sending it again is of no use."""


class HeldBack(Exception):
    """Not sent, because an earlier record of the same partition failed. Send both again, in order."""


def refusals(records: Sequence[Outgoing]) -> list[Exception | None]:
    """Per record None when it may be sent, else why not."""
    stopped: set[tuple[str, int]] = set()
    verdicts: list[Exception | None] = []
    for record in records:
        size = len(record.key) + len(record.value)
        for name, value in record.headers:
            size += len(name) + len(value)
        if size <= MAX_RECORD_BYTES and not stopped:
            verdicts.append(None)
            continue
        at = (record.topic, record.partition)
        if at in stopped:
            verdicts.append(HeldBack(f"an earlier record of {record.topic}[{record.partition}] failed"))
        elif size > MAX_RECORD_BYTES:
            stopped.add(at)
            verdicts.append(RecordTooBig(f"a record may have {MAX_RECORD_BYTES} bytes, this one has {size}"))
        else:
            verdicts.append(None)
    return verdicts
