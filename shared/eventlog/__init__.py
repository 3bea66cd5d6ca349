"""The event log behind one small interface (`interface`), chosen by URL.

    log = open_log("kafka://broker-1:9092,broker-2:9092")
    log = open_log("postgresql://user:password@host/attune_log")

Opening connects to nothing: clients and connections come to be when they are first used, so a process
may open a log before it forks and use it after. Each adapter is imported only when its URL asks for it:
the platform on one machine never loads kafka-python.
"""

from shared.eventlog.interface import PATIENCE, EventLog, Patience


def open_log(url: str, *, patience: Patience = PATIENCE) -> EventLog:
    """The log that `url` names. Raises ValueError for a scheme that is neither kafka nor postgresql."""
    scheme, separator, rest = url.partition("://")
    if separator and scheme == "kafka":
        from shared.eventlog.kafka import KafkaEventLog  # only where Kafka is used

        return KafkaEventLog(rest.rstrip("/"), patience)
    if separator and scheme in ("postgresql", "postgres"):
        from shared.eventlog.postgres import PostgresEventLog

        return PostgresEventLog(url, patience)
    raise ValueError("the event log's URL must begin with kafka:// or postgresql://")
