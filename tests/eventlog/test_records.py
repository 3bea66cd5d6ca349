"""What is appended comes out again: whole, in order, once per partition."""

import contextlib
import threading

from shared.eventlog.admission import MAX_RECORD_BYTES, HeldBack, RecordTooBig
from shared.eventlog.interface import EventLog, LogUnavailable, Outgoing, TopicPartition, partition_of
from tests.eventlog.reader import Readers, append, outgoing


def test_records_of_a_partition_come_in_the_order_they_were_appended(
    log: EventLog, topic: str, readers: Readers
):
    append(log, [r for n in range(300) for p in (0, 7) for r in outgoing(topic, p, f"{p}-{n}")])
    read = readers().read(600).records
    for partition in (0, 7):
        assert [r.value.decode() for r in read if r.partition == partition] == [
            f"{partition}-{n}" for n in range(300)
        ]


def test_a_key_always_has_the_same_partition(log: EventLog, topic: str, readers: Readers):
    keys = [f"couple-{n}".encode() for n in range(40)]
    append(log, [Outgoing(topic, partition_of(key), key, b"v") for key in keys])
    assert {(r.key, r.partition) for r in readers().read(40).records} == {(k, partition_of(k)) for k in keys}


def test_every_byte_of_keys_values_and_headers_survives(log: EventLog, topic: str, readers: Readers):
    every = bytes(range(256))
    headers = (("ce_type", b"attune.x.v1"), ("every", every), ("ce_type", b"again"), ("grüße", b""))
    append(log, [Outgoing(topic, 3, every, every * 3, headers), Outgoing(topic, 3, b"", b"")])
    first, second = readers().read(2).records
    assert (first.key, first.value, first.headers) == (every, every * 3, headers)
    assert (second.key, second.value, second.headers) == (b"", b"", ())


def test_a_value_of_900_kilobytes_passes(log: EventLog, topic: str, readers: Readers):
    big = bytes(n % 251 for n in range(900_000))
    append(log, [Outgoing(topic, 1, b"k", big), *outgoing(topic, 1, "after")])
    assert [r.value for r in readers().read(2).records] == [big, b"after"]


def test_a_record_too_big_is_refused_and_holds_back_what_follows_it_in_its_partition(
    log: EventLog, topic: str, readers: Readers
):
    producer = log.producer()
    records = [
        *outgoing(topic, 1, "before"),
        Outgoing(topic, 1, b"k", bytes(1_000_001)),
        *outgoing(topic, 1, "behind"),
        *outgoing(topic, 2, "beside"),
    ]
    errors = producer.append(records)
    producer.close()
    assert [type(error).__name__ for error in errors] == ["NoneType", "RecordTooBig", "HeldBack", "NoneType"]
    assert sorted(readers().read(2).values) == ["before", "beside"]


def test_offsets_start_at_zero_and_the_end_is_the_next_one(log: EventLog, topic: str, readers: Readers):
    append(log, outgoing(topic, 5, "a", "b"))
    append(log, outgoing(topic, 5, "c"))
    reader = readers().read(3)
    assert [r.offset for r in reader.records] == [0, 1, 2]
    ends = reader.consumer.end_offsets()
    assert ends.keys() == reader.consumer.assignment()
    assert ends[TopicPartition(topic, 5)] == 3
    assert ends[TopicPartition(topic, 6)] == 0


def test_a_poll_returns_no_more_than_it_was_asked_for(log: EventLog, topic: str, readers: Readers):
    append(log, [r for p in range(12) for r in outgoing(topic, p, *"abcde")])
    reader = readers()
    sizes = []
    while len(reader.records) < 60:
        sizes.append(len(reader.poll(max_records=7)))
    assert max(sizes) == 7
    assert len({(r.partition, r.offset) for r in reader.records}) == 60


def test_many_writers_at_once_lose_nothing_and_keep_each_ones_order(
    log: EventLog, topic: str, readers: Readers
):
    def write(writer: int) -> None:
        producer = log.producer()
        for batch in range(20):
            records = [
                Outgoing(topic, partition, b"k", f"{writer}:{batch * 8 + n}".encode())
                for n in range(8)
                for partition in ((n % 4, 3) if writer % 2 else (3, n % 4))  # locks taken in any order
            ]
            assert producer.append(records) == [None] * len(records)
        producer.close()

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    read = readers().read(6 * 20 * 16).records
    assert len(read) == 6 * 20 * 16
    for partition in range(4):
        here = [r for r in read if r.partition == partition]
        assert [r.offset for r in here] == list(range(len(here)))
        for writer in range(6):
            numbers = [
                int(number) for w, number in (r.value.decode().split(":") for r in here) if int(w) == writer
            ]
            assert numbers == sorted(numbers)


def test_a_log_keeps_its_name_and_its_records_when_topics_are_ensured_again(
    log: EventLog, topic: str, readers: Readers
):
    name = log.log_id()
    append(log, outgoing(topic, 0, "kept"))
    log.ensure_topics([topic, topic])
    assert readers().read(1).values == ["kept"]
    assert name
    assert log.log_id() == name


def test_behind_a_refused_record_nothing_is_sent_until_somebody_has_asked(
    log: EventLog, topic: str, readers: Readers
):
    """Several sendings are under way at once: the next must not overtake what the one before could not send."""
    producer = log.producer()
    big = Outgoing(topic, 0, b"k", b"x" * (MAX_RECORD_BYTES + 1))
    first = producer.send([big, *outgoing(topic, 0, "behind it")])
    second = producer.send(outgoing(topic, 0, "overtakes"))
    assert [type(error) for error in first.outcome()] == [RecordTooBig, HeldBack]
    with contextlib.suppress(LogUnavailable):  # which is as good: none of it was sent
        assert [type(error) for error in second.outcome()] == [HeldBack]
    assert producer.append(outgoing(topic, 0, "later")) == [None]
    producer.close()
    assert readers().read(1).values == ["later"]
