"""Members of a group share its partitions, and hand them over without two having one."""

import threading
import time

import pytest

from shared.eventlog import open_log
from shared.eventlog.interface import EventLog, LogUnavailable, Patience, TopicPartition
from tests.eventlog.conftest import Place
from tests.eventlog.reader import Reader, Readers, append, outgoing, together

EVERY = set(range(12))


@pytest.fixture
def log(place: Place) -> EventLog:
    """Less patient than in earnest, so that the place of a member that has gone is free sooner."""
    return open_log(place.url, patience=Patience(silent_s=3.0))


def test_a_member_alone_has_every_partition_and_is_told_so_where_it_polls(topic: str, readers: Readers):
    reader = readers()
    reader.read_until(lambda: bool(reader.told))
    assert reader.told == [("assigned", frozenset(TopicPartition(topic, p) for p in EVERY))]
    assert reader.consumer.assignment() == reader.told[0][1]
    assert reader.told_on == {threading.get_ident()}


def test_two_members_share_and_one_takes_all_over_when_the_other_leaves(
    log: EventLog, topic: str, readers: Readers
):
    one, two = readers("1"), readers("2")
    one.read_until(lambda: one.partitions == EVERY)
    together([one, two], lambda: len(one.partitions) == len(two.partitions) == 6)
    assert one.partitions == set(range(6))
    assert two.partitions == set(range(6, 12))
    append(log, outgoing(topic, 0, "a") + outgoing(topic, 11, "z"))
    together([one, two], lambda: bool(one.records and two.records))
    assert (one.values, two.values) == (["a"], ["z"])
    one.consumer.close()
    two.read_until(lambda: two.partitions == EVERY)


def test_a_member_that_leaves_for_good_is_not_waited_for(place: Place, topic: str):
    patient = open_log(place.url, patience=Patience(silent_s=60.0))
    one, two = (Reader(patient, f"{topic}-leaving", [topic], member) for member in ("1", "2"))
    one.read_until(lambda: one.partitions == EVERY)
    together([one, two], lambda: len(one.partitions) == len(two.partitions) == 6)
    one.consumer.leave()
    two.read_until(lambda: two.partitions == EVERY)  # within half of what a closed member is waited for
    two.consumer.leave()


def test_a_member_is_told_what_it_loses_before_what_it_gets(topic: str, readers: Readers):
    one, two = readers("1"), readers("2")
    one.read_until(lambda: one.partitions == EVERY)
    together([one, two], lambda: len(one.partitions) == len(two.partitions) == 6)
    assert [word for word, _ in one.told] == ["assigned", "revoked", "assigned"]
    assert one.told[1][1] == one.told[0][1]
    assert [word for word, _ in two.told] == ["assigned"]


def test_a_partition_stays_with_a_member_that_is_busy_until_it_polls_again(topic: str, readers: Readers):
    busy, new = readers("1"), readers("2")
    busy.read_until(lambda: busy.partitions == EVERY)
    polling_until = time.monotonic() + 1.5
    together([new], lambda: time.monotonic() > polling_until)
    assert new.partitions == set()
    together([busy, new], lambda: len(busy.partitions) == len(new.partitions) == 6)


def test_a_restarted_member_takes_its_own_place_at_once_and_the_other_keeps_its_own(
    log: EventLog, topic: str, readers: Readers
):
    one, two = readers("1"), readers("2")
    together([one, two], lambda: len(one.partitions) == len(two.partitions) == 6)
    told = len(two.told)
    restarted = readers("1")  # `one` did not say goodbye
    append(log, outgoing(topic, 0, "a"))
    started = time.monotonic()
    together([restarted, two], lambda: restarted.values == ["a"])
    assert time.monotonic() - started < 5
    assert restarted.partitions == one.partitions
    assert len(two.told) == told


def test_a_process_whose_name_was_taken_reads_no_more(log: EventLog, topic: str, readers: Readers):
    old, new = readers("1"), readers("1")
    old.read_until(lambda: old.partitions == EVERY)
    new.read_until(lambda: new.partitions == EVERY)
    old.consumer.commit_hint({TopicPartition(topic, 0): 0})
    with pytest.raises(LogUnavailable, match="another process"):
        old.read_until(lambda: False)
    with pytest.raises(LogUnavailable, match="another process"):
        old.poll()
    append(log, outgoing(topic, 0, "a"))
    assert new.read(1).values == ["a"]


def test_a_callback_that_fails_is_called_again_and_nothing_is_read_before(
    log: EventLog, topic: str, readers: Readers
):
    append(log, outgoing(topic, 0, *"abc") + outgoing(topic, 1, "from the beginning"))
    reader = readers(positions={TopicPartition(topic, 0): 2})
    seek, failures = reader.consumer.seek, [OSError("the database is away")] * 2

    def failing_seek(at: TopicPartition, offset: int) -> None:
        if failures:
            raise failures.pop()
        seek(at, offset)

    reader.consumer.seek = failing_seek  # type: ignore[method-assign]
    for _ in range(2):
        with pytest.raises(OSError, match="database is away"):
            reader.read_until(lambda: False)
    assert sorted(reader.read(2).values) == ["c", "from the beginning"]
