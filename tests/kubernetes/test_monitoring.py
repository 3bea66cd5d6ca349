"""What Prometheus is told: every process's internal port, and the rules as they are."""

from deploy.kubernetes.prometheus_rules import OBJECT, as_object
from tests.kubernetes.rendered import SERVICES, named, of_kind


def test_the_monitor_finds_the_internal_port_of_every_process() -> None:
    monitor = named("production", "ServiceMonitor", "attune")["spec"]
    selector, [endpoint] = monitor["selector"], monitor["endpoints"]
    [rule] = selector["matchExpressions"]
    found = [
        one
        for one in of_kind("production", "Service")
        if selector["matchLabels"].items() <= one["metadata"]["labels"].items()
        and one["metadata"]["labels"].get(rule["key"]) in rule["values"]
    ]
    names = {one["metadata"]["name"] for one in found}
    assert names == {f"{service}-{process}" for service in SERVICES for process in ("web", "worker")}
    for one in found:
        assert 9000 in [p["port"] for p in one["spec"]["ports"] if p["name"] == endpoint["port"]]


def test_the_rules_are_those_of_the_monitoring_folder() -> None:
    assert OBJECT.read_text(encoding="utf-8") == as_object()
