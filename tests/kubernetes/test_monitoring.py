"""What Prometheus is told: every process's internal port, and the rules as they are."""

import re

from deploy.kubernetes.prometheus_rules import OBJECT, as_object
from tests.kubernetes.rendered import SERVICES, named, of_kind
from tests.monitoring.relabelling import relabelled

_SNAKE = re.compile(r"(?<=[a-z])([A-Z])")


_META = "__meta_kubernetes_service_label_"


def test_what_it_finds_has_the_labels_that_the_rules_know() -> None:
    """As the operator does it: first the target is named by its Service, then comes what the monitor says."""
    monitor = named("production", "ServiceMonitor", "attune")["spec"]
    [endpoint] = monitor["endpoints"]
    assert endpoint["honorLabels"], "or our metrics' own service becomes exported_service"
    rules = [
        {_SNAKE.sub(r"_\1", name).lower(): said for name, said in one.items()}
        for one in endpoint["relabelings"]
    ]
    found = set()
    for one in of_kind("production", "Service"):
        if one["metadata"]["labels"].get("app.kubernetes.io/component") not in ("web", "worker"):
            continue
        told = {_META + re.sub(r"\W", "_", name): said for name, said in one["metadata"]["labels"].items()}
        labels = relabelled({**told, "service": one["metadata"]["name"]}, rules)
        job = told[_META + re.sub(r"\W", "_", monitor["jobLabel"])]
        found.add((job, labels["service"], labels["process"]))
    assert found == {("attune", service, process) for service in SERVICES for process in ("web", "worker")}


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
