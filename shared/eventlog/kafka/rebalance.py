"""Carries rebalances from kafka-python's network thread to the thread that polls.

kafka-python calls a rebalance listener on its network thread, where a caller's database session does not
belong and where a slow callback would hold up the heartbeats. But it does so only while the polling
thread waits inside `poll`: so the changes are written down there and told right after, before any record
of theirs is handed out.
"""

from collections import deque
from collections.abc import Iterable
from typing import Any

from kafka import ConsumerRebalanceListener

from shared.eventlog.interface import TopicPartition


class Rebalances(ConsumerRebalanceListener):  # type: ignore[misc]  # kafka-python is untyped
    """What happened, oldest first: (was it an assignment, which partitions)."""

    def __init__(self) -> None:
        self.pending: deque[tuple[bool, frozenset[TopicPartition]]] = deque()

    def on_partitions_revoked(self, revoked: Iterable[Any]) -> None:
        self.pending.append((False, _ours(revoked)))

    def on_partitions_assigned(self, assigned: Iterable[Any]) -> None:
        self.pending.append((True, _ours(assigned)))

    def on_partitions_lost(self, lost: Iterable[Any]) -> None:
        self.on_partitions_revoked(lost)


def _ours(partitions: Iterable[Any]) -> frozenset[TopicPartition]:
    return frozenset(TopicPartition(at.topic, at.partition) for at in partitions)
