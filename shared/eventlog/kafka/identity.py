"""Which log this is. The cluster's id alone would not say: images of brokers come with one and the same for everybody.

Kafka gives every topic an id of its own when it is made (KIP-516), so a cluster whose disk was lost, and whose topics
were made anew, is another log: positions in the lost one say nothing about it.
"""

from typing import Any

ANCHOR = "attune.gateway"
"""A topic of the platform's: all of them are made together, and none is deleted."""


def log_id(admin: Any, *, anchor: str = ANCHOR) -> str:
    """The cluster's id with the anchor's; the cluster's alone before topics are made. `admin`: a KafkaAdminClient."""
    cluster = str(admin.describe_cluster()["cluster_id"])
    if anchor not in admin.list_topics():
        return cluster
    (topic,) = admin.describe_topics([anchor])
    return f"{cluster}/{topic['topic_id']}"
