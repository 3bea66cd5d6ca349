"""Where a reader begins, and how it goes back: the truth is kept by the reader, not by the log."""

import pytest

from shared.eventlog.interface import EventLog, TopicPartition
from tests.eventlog.reader import Readers, append, outgoing


def test_a_reader_that_died_before_it_kept_its_position_reads_again(
    log: EventLog, topic: str, readers: Readers
):
    append(log, outgoing(topic, 0, "a", "b"))
    died = readers().read(2)
    died.consumer.close()
    assert readers().read(2).values == ["a", "b"]


def test_a_reader_begins_where_it_seeks_when_it_gets_its_partitions(
    log: EventLog, topic: str, readers: Readers
):
    append(log, outgoing(topic, 0, *"abcdef") + outgoing(topic, 1, *"xyz"))
    reader = readers(positions={TopicPartition(topic, 0): 4, TopicPartition(topic, 1): 3})
    reader.read(2)
    append(log, outgoing(topic, 1, "new"))
    reader.read(3)
    assert sorted(reader.values) == ["e", "f", "new"]


def test_a_reader_that_seeks_back_reads_the_same_records_again(log: EventLog, topic: str, readers: Readers):
    append(log, outgoing(topic, 2, *"abcdef"))
    reader = readers().read(6)
    reader.consumer.seek(TopicPartition(topic, 2), 3)
    assert reader.read(9).values == [*"abcdef", *"def"]


def test_the_hint_is_where_a_reader_without_a_position_begins(log: EventLog, topic: str, readers: Readers):
    append(log, outgoing(topic, 0, *"abc"))
    first = readers().read(3)
    first.consumer.commit_hint({TopicPartition(topic, 0): 2})
    first.poll()  # the hint is sent without waiting; this gives it time to arrive
    first.consumer.close()
    assert readers().read(1).values == ["c"]


def test_a_position_wins_over_the_hint(log: EventLog, topic: str, readers: Readers):
    append(log, outgoing(topic, 0, *"abc"))
    first = readers().read(3)
    first.consumer.commit_hint({TopicPartition(topic, 0): 3})
    first.poll()
    first.consumer.close()
    assert readers(positions={TopicPartition(topic, 0): 1}).read(2).values == ["b", "c"]


def test_two_groups_read_the_same_records_each_for_itself(log: EventLog, topic: str, readers: Readers):
    append(log, outgoing(topic, 0, "a"))
    assert readers(group="one").read(1).values == readers(group="two").read(1).values == ["a"]


def test_a_paused_partition_is_silent_until_it_is_resumed(log: EventLog, topic: str, readers: Readers):
    append(log, outgoing(topic, 0, "a"))
    reader = readers().read(1)
    silent = TopicPartition(topic, 0)
    reader.consumer.pause([silent])
    append(log, outgoing(topic, 0, "b") + outgoing(topic, 1, "c"))
    reader.read(2).poll()
    assert reader.values == ["a", "c"]
    reader.consumer.resume([silent])
    assert reader.read(3).values == ["a", "c", "b"]


def test_nobody_seeks_in_a_partition_that_is_not_theirs(topic: str, readers: Readers):
    with pytest.raises(ValueError, match="not assigned"):
        readers().consumer.seek(TopicPartition(topic, 0), 0)
