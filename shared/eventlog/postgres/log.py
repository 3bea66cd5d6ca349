"""The log of one PostgreSQL database, reached by its URL."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from shared.eventlog.interface import (
    PARTITIONS,
    PATIENCE,
    RETENTION_DAYS,
    LogConsumer,
    LogProducer,
    LogUnavailable,
    PartitionsHandler,
    Patience,
)
from shared.eventlog.postgres.connection import connect, plainly
from shared.eventlog.postgres.consumer import PostgresConsumer
from shared.eventlog.postgres.groups import Membership
from shared.eventlog.postgres.producer import PostgresProducer


class PostgresEventLog:
    """Holds no connection of its own: each producer has one, each consumer two, the rest are brief."""

    def __init__(self, url: str, patience: Patience = PATIENCE) -> None:
        self._url = url
        self._patience = patience

    def log_id(self) -> str:
        with plainly(), connect(self._url, "identity") as connection:
            row = connection.execute("SELECT id FROM log_identity").fetchone()
        if row is None:
            raise LogUnavailable("the event log's database has no identity: run the platform's set-up")
        return str(row[0])

    def ensure_topics(self, topics: Sequence[str], *, retention_days: int = RETENTION_DAYS) -> None:
        with plainly(), connect(self._url, "topics") as connection, connection.transaction():
            connection.execute(
                "INSERT INTO log_topic (topic, retention_days) "
                "SELECT topic, %s FROM unnest(%s::text[]) AS topic ON CONFLICT DO NOTHING",
                (retention_days, sorted(set(topics))),
            )
            connection.execute(
                "INSERT INTO log_head (topic, partition) "
                "SELECT topic, n FROM unnest(%s::text[]) AS topic, generate_series(0, %s) AS n "
                "ORDER BY 1, 2 ON CONFLICT DO NOTHING",
                (sorted(set(topics)), PARTITIONS - 1),
            )

    def producer(self) -> LogProducer:
        return PostgresProducer(self._url)

    def consumer(
        self,
        group: str,
        topics: Sequence[str],
        *,
        member: str,
        on_assigned: PartitionsHandler,
        on_revoked: PartitionsHandler,
    ) -> LogConsumer:
        me = Membership(group=group, member=member, session=uuid4(), topics=tuple(sorted(set(topics))))
        return PostgresConsumer(
            self._url, me, on_assigned=on_assigned, on_revoked=on_revoked, patience=self._patience
        )

    def trim_expired(self, now: datetime) -> int:
        """Delete what each topic's own retention has outlived; returns how many records."""
        with plainly(), connect(self._url, "trim") as connection:
            return connection.execute(
                "DELETE FROM log_record r USING log_topic t WHERE t.topic = r.topic "
                "AND r.appended_at < %s - make_interval(days => t.retention_days)",
                (now,),
            ).rowcount

    def close(self) -> None:
        """Nothing is held open here."""
