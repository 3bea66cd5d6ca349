"""Appends to the log's tables: one transaction and one notification per batch."""

from collections import Counter
from collections.abc import Callable, Container, Sequence

import msgspec
import psycopg

from shared.eventlog.admission import HeldBack, refusals
from shared.eventlog.interface import LogRecord, LogUnavailable, Outgoing
from shared.eventlog.postgres.connection import LONGEST_WAIT_MS, application_name, connect, plainly

# One statement: a process that is stopped within leaves no transaction open. Heads are locked in one order everywhere,
# so two writers never wait for each other in a circle. What comes back are the partitions that exist.
_APPEND = """
    WITH given AS MATERIALIZED (
        SELECT * FROM unnest(%s::text[], %s::int[], %b::bytea[], %b::bytea[], %b::bytea[])
            WITH ORDINALITY AS given (topic, partition, key, value, headers, number)
    ), head AS (
        SELECT topic, partition, next_offset FROM log_head
        WHERE (topic, partition) IN (SELECT topic, partition FROM given)
        ORDER BY topic, partition FOR UPDATE
    ), placed AS (
        SELECT topic, partition, key, value, headers, next_offset - 1
            + row_number() OVER (PARTITION BY topic, partition ORDER BY number) AS "offset"
        FROM given JOIN head USING (topic, partition)
    ), added AS (
        INSERT INTO log_record (topic, partition, "offset", key, value, headers)
        SELECT topic, partition, "offset", key, value, convert_from(headers, 'UTF8')::json FROM placed
    ), advanced AS (
        UPDATE log_head h SET next_offset = h.next_offset + n.count
        FROM (SELECT topic, partition, count(*) FROM placed GROUP BY topic, partition) AS n (topic, partition, count)
        WHERE (h.topic, h.partition) = (n.topic, n.partition)
    ), told AS (SELECT topic, pg_notify(topic, '') FROM (SELECT DISTINCT topic FROM head) AS topics)
    SELECT head.topic, partition FROM head JOIN told USING (topic)
"""
_LOCK = """
    SELECT topic, partition, next_offset FROM log_head
    WHERE (topic, partition) IN (SELECT * FROM unnest(%s::text[], %s::int[]))
    ORDER BY topic, partition FOR UPDATE
"""
_ADVANCE = """
    UPDATE log_head h SET next_offset = h.next_offset + n.count
    FROM unnest(%s::text[], %s::int[], %s::bigint[]) AS n (topic, partition, count)
    WHERE (h.topic, h.partition) = (n.topic, n.partition)
"""
_COPY = 'COPY log_record (topic, partition, "offset", key, value, headers) FROM STDIN (FORMAT BINARY)'
_NOTIFY = "SELECT pg_notify(topic, '') FROM unnest(%s::text[]) AS topic"
# Who is stopped within a COPY keeps its heads: no time-out of the server's ends such a session. Whoever waited in vain
# does. Nobody's append takes so long, and whoever wakes without a session appends anew, as after any lost connection.
_END_THE_STOPPED = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = %s AND datname = current_database()
        AND xact_start < clock_timestamp() - %s * interval '1 millisecond'
"""
_FEW = 50  # up to here a statement is faster than COPY, which takes turns with the server


class UnknownPartition(LookupError):
    """The log has no such partition: its topic was never created."""


class PostgresProducer:
    """One connection, opened at the first append and again after a failure."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection | None = None
        self._stopped_by: Appended | None = None  # failed, and nobody has asked yet

    def append(self, records: Sequence[Outgoing]) -> list[Exception | None]:
        return self.send(records).outcome()

    def send(self, records: Sequence[Outgoing]) -> "Appended":
        """Append at once: the database answers before this returns.

        After a failure nothing more is sent until its outcome has been asked for.
        """
        if self._stopped_by is not None:
            return Appended([HeldBack("an earlier record failed") for _ in records])
        outcome = refusals(records)
        wanted = [(index, record) for index, record in enumerate(records) if outcome[index] is None]
        if wanted:
            try:
                with plainly():
                    for index, error in self._append(wanted):
                        outcome[index] = error
            except LogUnavailable:
                self.close()
                raise
        sending = Appended(outcome, self._asked)
        if any(outcome):
            self._stopped_by = sending
        return sending

    def _asked(self, sending: "Appended") -> None:
        if self._stopped_by is sending:
            self._stopped_by = None

    def _append(self, wanted: list[tuple[int, Outgoing]]) -> list[tuple[int, Exception]]:
        connection = self._connected()
        records = [record for _, record in wanted]
        try:
            known = (_append_few if len(records) <= _FEW else _append_many)(connection, records)
        except psycopg.errors.LockNotAvailable:
            connection.execute(_END_THE_STOPPED, (application_name("producer"), LONGEST_WAIT_MS))
            raise
        return [
            (index, UnknownPartition(f"the log has no {one.topic}[{one.partition}]"))
            for index, one in wanted
            if (one.topic, one.partition) not in known
        ]

    def close(self) -> None:
        """Give the connection back. The producer may be used again; it connects anew."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connected(self) -> psycopg.Connection:
        if self._connection is None:
            self._connection = connect(self._url, "producer")
        return self._connection


def _append_few(connection: psycopg.Connection, records: Sequence[Outgoing]) -> Container[tuple[str, int]]:
    """Append what has a partition; returns the partitions that exist."""
    rows = [(one.topic, one.partition, one.key, one.value, pack_headers(one.headers)) for one in records]
    columns = [list(column) for column in zip(*rows, strict=True)]
    return set(connection.execute(_APPEND, columns))


def _append_many(connection: psycopg.Connection, records: Sequence[Outgoing]) -> Container[tuple[str, int]]:
    """The same by COPY."""
    counts = Counter((one.topic, one.partition) for one in records)
    topics, partitions = [topic for topic, _ in counts], [partition for _, partition in counts]
    with connection.transaction():
        locked = connection.execute(_LOCK, (topics, partitions))
        heads = {(topic, partition): offset for topic, partition, offset in locked}
        connection.execute(_ADVANCE, (topics, partitions, list(counts.values())))
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            # The binary form of json is its text, so the bytes of the text are what must be sent.
            copy.set_types(["text", "int4", "int8", "bytea", "bytea", "bytea"])
            for one in records:
                at = (one.topic, one.partition)
                if at in heads:
                    copy.write_row((*at, heads[at], one.key, one.value, pack_headers(one.headers)))
                    heads[at] += 1
        connection.execute(_NOTIFY, (sorted(set(topics)),))
    return heads


class Appended:
    """A sending whose outcome is known."""

    def __init__(
        self, errors: list[Exception | None], asked: Callable[["Appended"], None] = lambda _: None
    ) -> None:
        """`asked` hears when somebody asks for the outcome."""
        self._errors = errors
        self._asked = asked

    def outcome(self) -> list[Exception | None]:
        self._asked(self)
        return self._errors


def pack_headers(headers: tuple[tuple[str, bytes], ...]) -> bytes:
    """Headers as JSON text. Latin-1 maps every byte to one character and back."""
    return msgspec.json.encode([(name, value.decode("latin-1")) for name, value in headers])


def unpack(row: tuple[str, int, int, bytes, bytes, list[list[str]]]) -> LogRecord:
    """The record that a row of log_record holds."""
    topic, partition, offset, key, value, headers = row
    pairs = tuple([(name, text.encode("latin-1")) for name, text in headers])
    return LogRecord(topic, partition, offset, key, value, pairs)
