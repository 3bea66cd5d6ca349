"""What only the log in PostgreSQL promises: prompt delivery, few connections, trimming, dead members."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from shared.eventlog.interface import LogUnavailable, Outgoing, TopicPartition
from shared.eventlog.postgres import PostgresEventLog, create_schema, peek, reading
from shared.eventlog.postgres.connection import connect
from shared.eventlog.postgres.groups import range_assignment
from shared.eventlog.postgres.reading import shares
from tests.eventlog.conftest import Place
from tests.eventlog.reader import Readers, append, outgoing, together


@pytest.fixture
def log(postgres_place: Place) -> PostgresEventLog:
    return PostgresEventLog(postgres_place.url)


@pytest.fixture
def admin(postgres_place: Place) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres_place.url, autocommit=True) as connection:
        yield connection


def test_a_waiting_reader_has_a_record_within_milliseconds_of_its_commit(
    log: PostgresEventLog, topic: str, readers: Readers
):
    reader, producer = readers(), log.producer()
    producer.append(outgoing(topic, 0, "first"))
    reader.read(1)
    delays: list[float] = []
    for _ in range(30):
        arrived: list[float] = []

        def wait(arrived: list[float] = arrived) -> None:
            while not reader.consumer.poll(5, 10):
                pass
            arrived.append(time.monotonic())

        thread = threading.Thread(target=wait)
        thread.start()
        time.sleep(0.02)  # so that the reader waits already
        producer.append(outgoing(topic, 0, "x"))
        committed = time.monotonic()
        thread.join()
        delays.append(arrived[0] - committed)
    producer.close()
    assert sorted(delays)[len(delays) // 2] < 0.010, delays


@pytest.mark.parametrize("statement", [reading._FETCH, peek._READ])
def test_what_is_new_in_many_partitions_is_read_along_the_index_however_long_the_log(
    postgres_place: Place, statement: str
):
    topics, partitions, each = ("a", "b", "c", "d"), 12, 1000
    asked = [(topic, n, each - 2, each) for topic in topics for n in range(partitions)]
    with psycopg.connect(postgres_place.url) as connection:
        connection.execute(
            'INSERT INTO log_record (topic, partition, "offset", key, value, headers)'
            " SELECT topic, n, number, '', '', '{}' FROM unnest(%s::text[]) AS topic,"
            " generate_series(0, %s) AS n, generate_series(0, %s) AS number",
            (list(topics), partitions - 1, each - 1),
        )
        connection.execute("ANALYZE log_record")
        arguments = [list(column) for column in zip(*asked, strict=True)]
        plan = "\n".join(line for (line,) in connection.execute(f"EXPLAIN {statement}", arguments))
        found = [row[:3] for row in connection.execute(statement, arguments)]
        connection.rollback()
    assert "Seq Scan on log_record" not in plan, plan
    assert found == [(topic, n, number) for topic, n, low, high in asked for number in range(low, high)]


def test_wake_ends_a_poll_that_waits(readers: Readers):
    reader = readers()
    reader.read_until(lambda: bool(reader.told))
    threading.Timer(0.1, reader.consumer.wake).start()
    started = time.monotonic()
    assert reader.consumer.poll(20, 10) == []
    assert time.monotonic() - started < 5


def test_offsets_have_no_gap_even_after_an_append_that_failed(
    log: PostgresEventLog, topic: str, readers: Readers, admin: psycopg.Connection
):
    producer = log.producer()
    producer.append(outgoing(topic, 0, "a"))
    # Somebody wrote past the head: the next batch fails as a whole, and must take no offset with it.
    admin.execute(
        'INSERT INTO log_record (topic, partition, "offset", key, value, headers) '
        "VALUES (%s, 0, 2, '', '', '[]')",
        (topic,),
    )
    with pytest.raises(psycopg.errors.UniqueViolation):
        producer.append(outgoing(topic, 0, "b", "c"))
    admin.execute('DELETE FROM log_record WHERE topic = %s AND "offset" = 2', (topic,))
    assert producer.append(outgoing(topic, 0, "d")) == [None]
    producer.close()
    assert [(r.offset, r.value) for r in readers().read(2).records] == [(0, b"a"), (1, b"d")]


def test_a_partition_that_was_never_made_is_named_and_the_others_are_written(
    log: PostgresEventLog, topic: str, readers: Readers
):
    producer = log.producer()
    errors = producer.append([Outgoing("attune.nowhere", 0, b"k", b"v"), *outgoing(topic, 0, "a")])
    producer.close()
    assert [str(error) for error in errors] == ["the log has no attune.nowhere[0]", "None"]
    assert readers().read(1).values == ["a"]


def test_a_writer_that_is_stopped_within_a_batch_does_not_hold_up_another(
    log: PostgresEventLog, topic: str, postgres_place: Place
):
    with connect(postgres_place.url, "producer") as stopped, stopped.cursor() as cursor:
        stopped.execute("BEGIN")
        stopped.execute("SELECT FROM log_head WHERE topic = %s FOR UPDATE", (topic,))
        copy = cursor.copy("COPY log_record FROM STDIN")
        copy.__enter__()  # the server waits for rows, and would for good
        other = log.producer()
        with pytest.raises(LogUnavailable):
            other.append(outgoing(topic, 0, "a"))
        assert other.append(outgoing(topic, 0, "a")) == [None]
        other.close()
        stopped.pgconn.finish()


def test_a_busy_partition_does_not_starve_the_others(log: PostgresEventLog, topic: str, readers: Readers):
    append(log, outgoing(topic, 0, *["busy"] * 1000) + outgoing(topic, 9, "quiet"))
    reader = readers()
    reader.read(1)
    assert "quiet" in {record.value.decode() for record in reader.records}


def test_one_reader_has_two_connections_and_one_writer_one(
    log: PostgresEventLog, topic: str, readers: Readers, admin: psycopg.Connection
):
    def connections() -> list[str]:
        rows = admin.execute(
            "SELECT application_name FROM pg_stat_activity "
            "WHERE application_name LIKE 'attune-log %' ORDER BY 1"
        )
        return [name for (name,) in rows]

    assert connections() == []
    producer = log.producer()
    producer.append(outgoing(topic, 0, "a"))
    reader = readers().read(1)
    deadline = time.monotonic() + 10
    while len(connections()) < 3 and time.monotonic() < deadline:
        reader.poll()  # the heartbeat connects at its first beat
    assert [name.split()[1] for name in connections()] == ["consumer", "heartbeat", "producer"]
    producer.close()
    reader.consumer.close()
    while connections() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert connections() == []


def test_a_member_that_shows_no_life_loses_its_place_and_finds_out(
    topic: str, readers: Readers, admin: psycopg.Connection
):
    dead, alive = readers("1"), readers("2")
    together([dead, alive], lambda: len(dead.partitions) == len(alive.partitions) == 6)
    dead.consumer._heartbeat.stop()  # type: ignore[attr-defined]
    admin.execute(
        "UPDATE log_member SET heartbeat_at = heartbeat_at - interval '11 s' "
        "WHERE group_name = %s AND member = '1'",
        (f"{topic}.group",),
    )
    alive.read_until(lambda: len(alive.partitions) == 12)
    assert dead.told[-1][0] == "assigned"
    dead.poll()  # it joins again, as if new
    assert dead.told[-1][0] == "revoked"
    together([dead, alive], lambda: len(dead.partitions) == len(alive.partitions) == 6)


def test_what_is_trimmed_is_skipped_and_offsets_go_on(
    log: PostgresEventLog, topic: str, readers: Readers, admin: psycopg.Connection
):
    append(log, outgoing(topic, 0, "old", "older"))
    admin.execute(
        "UPDATE log_record SET appended_at = appended_at - interval '31 days' WHERE topic = %s", (topic,)
    )
    append(log, outgoing(topic, 0, "new"))
    now = datetime.now(UTC)
    assert log.trim_expired(now - timedelta(days=10)) == 0
    assert log.trim_expired(now) == 2
    assert [(r.offset, r.value) for r in readers().read(1).records] == [(2, b"new")]
    assert log.trim_expired(now + timedelta(days=31)) >= 1
    append(log, outgoing(topic, 0, "newer"))
    assert [r.offset for r in readers(group="other").read(1).records] == [3]


def test_the_schema_may_be_created_again_and_keeps_the_logs_name(
    postgres_place: Place, log: PostgresEventLog
):
    name = log.log_id()
    create_schema(postgres_place.url)
    assert log.log_id() == name


@pytest.mark.parametrize(
    ("members", "sizes"),
    [
        ({"1": ["a"]}, {"1": 12}),
        ({"1": ["a"], "2": ["a"]}, {"1": 6, "2": 6}),
        (
            {"1": ["a"], "2": ["a"], "3": ["a"], "4": ["a"], "5": ["a"]},
            {"1": 3, "2": 3, "3": 2, "4": 2, "5": 2},
        ),
        ({"1": ["a", "b"], "2": ["b"]}, {"1": 18, "2": 6}),
        ({str(n): ["a"] for n in range(13)}, {**{str(n): 1 for n in range(13)}, "9": 0}),
    ],
)
def test_every_partition_has_exactly_one_member(members: dict[str, list[str]], sizes: dict[str, int]):
    shares_of = range_assignment(members)
    assert {member: len(share) for member, share in shares_of.items()} == sizes
    given = [at for share in shares_of.values() for at in share]
    assert len(given) == len(set(given)) == 12 * len({t for topics in members.values() for t in topics})


@pytest.mark.parametrize(
    ("backlogs", "room", "read"),
    [
        ([5, 5], 100, [5, 5]),
        ([500, 1], 10, [5, 1]),
        ([1, 500], 10, [1, 9]),
        ([9, 9, 9], 2, [1, 1, 0]),
    ],
)
def test_the_room_of_a_poll_is_shared_evenly(backlogs: list[int], room: int, read: list[int]):
    turn = [TopicPartition("t", n) for n in range(len(backlogs))]
    wanted = shares(
        turn, dict.fromkeys(turn, 7), {at: 7 + b for at, b in zip(turn, backlogs, strict=True)}, room
    )
    assert [wanted.get(at, (7, 7))[1] - 7 for at in turn] == read
