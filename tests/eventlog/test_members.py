"""Members that hang, are cut off or leave: others take over, and who comes back hands out nothing as its own."""

import contextlib
import threading

import pytest

from shared.eventlog import open_log
from shared.eventlog.interface import EventLog, LogRecord, LogUnavailable, Outgoing, Patience
from tests.eventlog.conftest import Behind, Place
from tests.eventlog.reader import Reader, Readers, append, outgoing, together

EVERY = set(range(12))
IMPATIENT = Patience(silent_s=2.0, busy_s=1.5)


@pytest.fixture
def log(place: Place) -> EventLog:
    return open_log(place.url, patience=IMPATIENT)


def to_each(topic: str, *values: str) -> list[Outgoing]:
    return [record for partition in EVERY for record in outgoing(topic, partition, *values)]


def takes_all(reader: Reader, values: set[str]) -> bool:
    return reader.partitions == EVERY and values <= {
        f"{r.partition}:{r.value.decode()}" for r in reader.records
    }


def everywhere(value: str) -> set[str]:
    return {f"{partition}:{value}" for partition in EVERY}


def read_until_told(reader: Reader) -> list[LogRecord]:
    """What this member hands out before it is told that its partitions are gone."""
    told, read = len(reader.told), len(reader.records)
    reader.read_until(lambda: len(reader.told) > told, through_outages=True)
    assert reader.told[told][0] == "revoked"
    return reader.records[read:] if reader.told[-1][0] == "revoked" else []


def test_a_member_that_works_too_long_loses_its_partitions_and_finds_out(
    log: EventLog, topic: str, readers: Readers
):
    append(log, to_each(topic, *"abcdefgh"))
    slow, other = readers("1"), readers("2")
    slow.read_until(lambda: slow.partitions == EVERY)
    while len(slow.records) < 3:
        slow.poll(max_records=1)  # so that a client may have more at hand than it gave out
    other.read_until(lambda: takes_all(other, everywhere("h")))
    append(log, to_each(topic, "i"))
    other.read_until(lambda: takes_all(other, everywhere("i")))
    assert read_until_told(slow) == []
    together([slow, other], lambda: len(slow.partitions) == len(other.partitions) == 6)


def test_a_member_that_is_cut_off_loses_its_partitions_and_finds_out(
    behind: Behind, log: EventLog, topic: str, readers: Readers
):
    far = Readers(open_log(behind.url, patience=IMPATIENT), topic)
    cut_off, other = far("1"), readers("2")
    together([cut_off, other], lambda: len(cut_off.partitions) == len(other.partitions) == 6)
    append(log, to_each(topic, "a"))
    together([cut_off, other], lambda: len(cut_off.records) == len(other.records) == 6)
    behind.proxy.stall()
    waiting = threading.Thread(target=_poll_once, args=(cut_off,), daemon=True)
    waiting.start()
    append(log, to_each(topic, "b"))
    other.read_until(lambda: takes_all(other, everywhere("b")))
    behind.proxy.cut()
    behind.proxy.heal()
    waiting.join(30)
    # Kafka gives records to whoever asks, a member or not. Those it asks for before it hears of the change go on
    # where it was, so that the position in the reader's own database is ahead of them.
    own = [record for record in read_until_told(cut_off) if record.partition < 6]
    assert {(record.offset, record.value) for record in own} <= {(1, b"b")}
    together(
        [cut_off, other], lambda: len(cut_off.partitions) == len(other.partitions) == 6, through_outages=True
    )
    far.close()


def _poll_once(reader: Reader) -> None:
    """The poll that was under way when the network went."""
    with contextlib.suppress(LogUnavailable):
        reader.poll()
