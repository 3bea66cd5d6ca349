"""The event log on Apache Kafka, by kafka-python 3: nothing outside this package imports that library.

Its traps and what was measured stand in docs/event-path.md; each module says where it follows them. Clients
are made when first used, so a process that forks has none to carry over.
"""

from shared.eventlog.kafka.log import KafkaEventLog

__all__ = ["KafkaEventLog"]
