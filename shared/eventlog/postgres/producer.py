"""Appends to the log's tables: one transaction and one notification per batch."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import psycopg

from shared.eventlog.admission import HeldBack, refusals
from shared.eventlog.interface import LogRecord, LogUnavailable, Outgoing
from shared.eventlog.postgres.connection import connect, plainly

# Heads are locked in one order everywhere, so two writers never wait for each other in a circle.
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
_INSERT = """
    INSERT INTO log_record (topic, partition, "offset", key, value, headers)
    SELECT topic, partition, "offset", key, value, convert_from(headers, 'UTF8')::json
    FROM unnest(%s::text[], %s::int[], %s::bigint[], %s::bytea[], %s::bytea[], %s::bytea[])
        AS given (topic, partition, "offset", key, value, headers)
"""
_NOTIFY = "SELECT pg_notify(topic, '') FROM unnest(%s::text[]) AS topic"
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
        counts = Counter((record.topic, record.partition) for _, record in wanted)
        topics, partitions = [topic for topic, _ in counts], [partition for _, partition in counts]
        errors: list[tuple[int, Exception]] = []
        try:
            with connection.pipeline():  # sent together, answered together
                connection.execute("BEGIN")
                locked = connection.execute(_LOCK, (topics, partitions))
                connection.execute(_ADVANCE, (topics, partitions, list(counts.values())))
            heads = {(topic, partition): offset for topic, partition, offset in locked}
            rows = []
            for index, record in wanted:
                at = (record.topic, record.partition)
                offset = heads.get(at)
                if offset is None:
                    name = f"{record.topic}[{record.partition}]"
                    errors.append((index, UnknownPartition(f"the log has no {name}")))
                    continue
                rows.append((*at, offset, record.key, record.value, pack_headers(record.headers)))
                heads[at] = offset + 1
            if len(rows) > _FEW:
                _copy(connection, rows)
            with connection.pipeline():
                if 0 < len(rows) <= _FEW:
                    connection.execute(_INSERT, [list(column) for column in zip(*rows, strict=True)])
                connection.execute(_NOTIFY, (sorted(set(topics)),))
                connection.execute("COMMIT")
        except BaseException:
            if not connection.closed:
                connection.rollback()
            raise
        return errors

    def close(self) -> None:
        """Give the connection back. The producer may be used again; it connects anew."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connected(self) -> psycopg.Connection:
        if self._connection is None:
            self._connection = connect(self._url, "producer")
        return self._connection


def _copy(connection: psycopg.Connection, rows: list[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        # The binary form of json is its text, so the bytes of the text are what must be sent.
        copy.set_types(["text", "int4", "int8", "bytea", "bytea", "bytea"])
        for row in rows:
            copy.write_row(row)


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
