"""A reader sees what lies in a log and leaves no trace there; the same on both logs."""

import time
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest

from shared.clock import utcnow
from shared.eventlog.interface import EventLog, LogUnavailable, TopicPartition
from shared.eventlog.peek import Bounds, LogReader, Seen, open_reader
from tests.eventlog.conftest import Place
from tests.eventlog.reader import Readers, append, outgoing


@pytest.fixture
def reader(place: Place) -> Iterator[LogReader]:
    made = open_reader(place.url)
    yield made
    made.close()


def all_from(reader: LogReader, start: dict[TopicPartition, int], number: int) -> list[Seen]:
    """Read on until `number` records came; never more than 7 at a time."""
    seen: list[Seen] = []
    deadline = time.monotonic() + 20
    while len(seen) < number:
        assert time.monotonic() < deadline, f"only {len(seen)} of {number}"
        batch = reader.read(start, 7)
        assert len(batch) <= 7
        for one in batch:
            at = TopicPartition(one.record.topic, one.record.partition)
            assert one.record.offset == start[at]
            start[at] += 1
        seen += batch
    return seen


def test_it_reads_every_record_as_it_lies_there(log: EventLog, topic: str, reader: LogReader):
    append(log, [r for p in (0, 5) for r in outgoing(topic, p, *(f"{p}-{n}" for n in range(20)))])
    bounds = reader.bounds([topic])
    assert len(bounds) == 12
    assert bounds[TopicPartition(topic, 5)] == Bounds(0, 20)
    assert bounds[TopicPartition(topic, 6)] == Bounds(0, 0)
    seen = all_from(reader, {at: one.first for at, one in bounds.items()}, 40)
    for partition in (0, 5):
        values = [one.record.value.decode() for one in seen if one.record.partition == partition]
        assert values == [f"{partition}-{n}" for n in range(20)]
    assert all(abs((utcnow() - one.appended_at).total_seconds()) < 30 for one in seen)


def test_it_goes_back_and_forth(log: EventLog, topic: str, reader: LogReader):
    at = TopicPartition(topic, 3)
    append(log, outgoing(topic, 3, *"abcdef"))
    for start in (4, 0, 2):
        assert [one.record.offset for one in all_from(reader, {at: start}, 6 - start)] == list(
            range(start, 6)
        )


def test_it_finds_the_place_of_a_moment(log: EventLog, topic: str, reader: LogReader):
    append(log, outgoing(topic, 1, *"abc"))
    time.sleep(0.05)
    moment = utcnow()
    time.sleep(0.05)
    append(log, outgoing(topic, 1, *"de"))
    found = reader.since([topic], moment)
    assert found[TopicPartition(topic, 1)] == 3
    assert found[TopicPartition(topic, 2)] == 0
    assert reader.since([topic], moment - timedelta(hours=1))[TopicPartition(topic, 1)] == 0
    assert reader.since([topic], utcnow() + timedelta(hours=1))[TopicPartition(topic, 1)] == 5


def test_what_is_not_there_is_nothing(reader: LogReader, topic: str):
    assert reader.bounds(["attune.never-made"]) == {}
    assert reader.since(["attune.never-made"], utcnow()) == {}
    assert reader.read({TopicPartition(topic, 0): 0}, 10, timeout_s=0.5) == []


def test_it_knows_the_log_by_the_same_name(log: EventLog, reader: LogReader):
    assert reader.log_id() == log.log_id()


def test_a_group_is_not_disturbed(log: EventLog, topic: str, readers: Readers, reader: LogReader):
    append(log, outgoing(topic, 0, *"abc"))
    member = readers().read(3)
    told = list(member.told)
    all_from(reader, {TopicPartition(topic, n): 0 for n in range(12)}, 3)
    append(log, outgoing(topic, 0, *"de"))
    member.read(5)
    assert member.values == list("abcde")
    assert member.told == told, "nobody joined and nobody left"


def test_it_waits_for_what_comes_later(log: EventLog, topic: str, reader: LogReader):
    at = TopicPartition(topic, 0)
    assert reader.read({at: 0}, 10, timeout_s=0.5) == []
    append(log, outgoing(topic, 0, "late"))
    assert [one.record.value for one in all_from(reader, {at: 0}, 1)] == [b"late"]


def test_it_leaves_no_row_behind(postgres_place: Place, request: pytest.FixtureRequest):
    reader = open_reader(postgres_place.url)
    topic = f"attune.trace{uuid4().hex[:6]}"
    counts = "SELECT (SELECT count(*) FROM log_group), (SELECT count(*) FROM log_hint)"
    with psycopg.connect(postgres_place.url, autocommit=True) as connection:
        before = connection.execute(counts).fetchone()
        reader.bounds([topic])
        reader.read({TopicPartition(topic, 0): 0}, 5, timeout_s=0)
        reader.close()
        assert connection.execute(counts).fetchone() == before


@pytest.mark.parametrize("url", ["kafka://localhost:1", "postgresql://nobody@localhost:1/nothing"])
def test_a_log_that_is_down_says_so(url: str):
    reader = open_reader(url)
    for ask in (reader.log_id, lambda: reader.bounds(["attune.x"])):
        with pytest.raises(LogUnavailable):
            ask()


def test_only_two_kinds_of_log_are_known():
    with pytest.raises(ValueError, match="kafka:// or postgresql://"):
        open_reader("http://somewhere")


def test_it_says_for_how_long_a_topic_keeps_its_records(log: EventLog, topic: str, reader: LogReader):
    short = f"{topic}-short"
    log.ensure_topics([short], retention_days=3)
    assert reader.retention_days([topic, short, "never-made"]) == {topic: 30, short: 3}
