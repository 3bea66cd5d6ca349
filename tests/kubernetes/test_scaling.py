"""Autoscalers stay below what partitions and connections allow, a roll-out included."""

import re

from shared.eventlog.interface import PARTITIONS, RETENTION_DAYS
from shared.eventlog.kafka.log import MS_PER_DAY, REPLICAS
from tests.kubernetes.rendered import OVERLAYS, SERVICES, named, of_kind

SURGE = 1
OF_WEB, OF_WORKER = 7, 8  # connections to PostgreSQL, with Kafka as the log: docs/architecture.md


def test_web_processes_scale_between_two_and_a_bound() -> None:
    for overlay in OVERLAYS:
        scalers = {
            one["metadata"]["name"]: one["spec"] for one in of_kind(overlay, "HorizontalPodAutoscaler")
        }
        assert scalers.keys() == {f"{service}-web" for service in SERVICES}
        for name, spec in scalers.items():
            assert spec["scaleTargetRef"]["name"] == name
            least = 2 if overlay == "production" else 1
            assert least == spec["minReplicas"] <= spec["maxReplicas"] <= 6


def test_workers_scale_on_lag_and_never_above_the_partitions() -> None:
    found = {one["metadata"]["name"]: one["spec"] for one in of_kind("production", "ScaledObject")}
    assert found.keys() == {f"{service}-worker" for service in SERVICES}
    for name, spec in found.items():
        assert spec["scaleTargetRef"] == {"name": name}
        assert 1 <= spec["minReplicaCount"] <= spec["maxReplicaCount"] <= PARTITIONS - SURGE
        [trigger] = spec["triggers"]
        assert trigger["type"] == "kafka"
        assert trigger["metadata"]["consumerGroup"] == f"attune.{name.removesuffix('-worker')}"
        assert "topic" not in trigger["metadata"]
        assert trigger["metadata"]["bootstrapServers"].startswith("event-log-kafka-bootstrap.attune.svc:")
        assert all(isinstance(value, str) for value in trigger["metadata"].values())


def test_postgresql_takes_the_connections_of_the_largest_platform_while_it_rolls() -> None:
    web = sum(one["spec"]["maxReplicas"] + SURGE for one in of_kind("production", "HorizontalPodAutoscaler"))
    workers = sum(one["spec"]["maxReplicaCount"] + SURGE for one in of_kind("production", "ScaledObject"))
    cluster = named("production", "Cluster", "postgres")["spec"]
    room = int(cluster["postgresql"]["parameters"]["max_connections"])
    assert web * OF_WEB + workers * OF_WORKER + 20 <= room
    [postgres] = [one for one in of_kind("local", "StatefulSet") if one["metadata"]["name"] == "postgres"]
    [container] = postgres["spec"]["template"]["spec"]["containers"]
    said = re.search(r"max_connections=(\d+)", " ".join(container["args"]))
    assert said is not None
    assert int(said[1]) >= 2 * 5 * (OF_WEB + OF_WORKER) + 20


def test_topics_are_as_a_worker_would_make_them() -> None:
    topics = {one["metadata"]["name"]: one["spec"] for one in of_kind("production", "KafkaTopic")}
    assert topics.keys() == {f"attune.{service}" for service in SERVICES}
    for spec in topics.values():
        assert spec["partitions"] == PARTITIONS
        assert spec["replicas"] == REPLICAS
        assert spec["config"] == {"retention.ms": RETENTION_DAYS * MS_PER_DAY, "min.insync.replicas": 2}
    kafka = named("production", "Kafka", "event-log")["spec"]["kafka"]
    assert kafka["config"]["auto.create.topics.enable"] is False
    pool = named("production", "KafkaNodePool", "nodes")
    assert pool["spec"]["replicas"] >= REPLICAS
    assert pool["metadata"]["labels"]["strimzi.io/cluster"] == "event-log"
