"""The log of one Kafka cluster, reached by its bootstrap servers."""

from collections.abc import Sequence
from datetime import datetime

from kafka import KafkaAdminClient
from kafka.errors import TopicAlreadyExistsError

from shared.eventlog.interface import (
    PARTITIONS,
    PATIENCE,
    RETENTION_DAYS,
    LogConsumer,
    LogProducer,
    PartitionsHandler,
    Patience,
)
from shared.eventlog.kafka.client import make, plainly
from shared.eventlog.kafka.consumer import KafkaLogConsumer
from shared.eventlog.kafka.identity import log_id
from shared.eventlog.kafka.producer import KafkaLogProducer

REPLICAS = 3
MS_PER_DAY = 86_400_000


class KafkaEventLog:
    """`bootstrap` is host:port[,host:port…]. Holds no client of its own."""

    def __init__(self, bootstrap: str, patience: Patience = PATIENCE) -> None:
        self._bootstrap = bootstrap
        self._patience = patience

    def log_id(self) -> str:
        with plainly(self._bootstrap), make(KafkaAdminClient, self._bootstrap) as admin:
            return log_id(admin)

    def ensure_topics(self, topics: Sequence[str], *, retention_days: int = RETENTION_DAYS) -> None:
        with plainly(self._bootstrap), make(KafkaAdminClient, self._bootstrap) as admin:
            brokers = len(admin.describe_cluster()["brokers"])
            configs = {"retention.ms": str(retention_days * MS_PER_DAY)}
            if brokers >= REPLICAS:
                configs["min.insync.replicas"] = "2"  # else acks=all could mean one
            wanted = {
                "num_partitions": PARTITIONS,
                "replication_factor": min(REPLICAS, brokers),
                "configs": configs,
            }
            existing = set(admin.list_topics())
            for topic in sorted(set(topics) - existing):
                try:
                    admin.create_topics({topic: wanted})
                except TopicAlreadyExistsError:
                    continue  # another process made it in the meantime
            admin.wait_for_topics(sorted(set(topics)))

    def producer(self) -> LogProducer:
        return KafkaLogProducer(self._bootstrap)

    def consumer(
        self,
        group: str,
        topics: Sequence[str],
        *,
        member: str,
        on_assigned: PartitionsHandler,
        on_revoked: PartitionsHandler,
    ) -> LogConsumer:
        return KafkaLogConsumer(
            self._bootstrap,
            group,
            topics,
            member=member,
            on_assigned=on_assigned,
            on_revoked=on_revoked,
            patience=self._patience,
        )

    def trim_expired(self, now: datetime) -> int:  # noqa: ARG002
        """The brokers delete by the topic's own retention."""
        return 0

    def close(self) -> None:
        """Nothing is held open here."""
