"""Each object is what Kubernetes 1.35 knows, to the field; those of operators have the fields that they need."""

from functools import cache

import kubernetes_validate
import pytest
from kubernetes_validate import utils

from tests.kubernetes.rendered import OVERLAYS, WITH_TRACES, Manifest, render

VERSION = "1.35"
OF_OPERATORS = {
    "kafka.strimzi.io/v1": {"Kafka", "KafkaNodePool", "KafkaTopic"},
    "postgresql.cnpg.io/v1": {"Cluster", "Database", "ScheduledBackup"},
    "barmancloud.cnpg.io/v1": {"ObjectStore"},
    "keda.sh/v1alpha1": {"ScaledObject"},
    "gateway.networking.k8s.io/v1": {"Gateway", "HTTPRoute"},
    "external-secrets.io/v1": {"ExternalSecret"},
    "monitoring.coreos.com/v1": {"ServiceMonitor", "PrometheusRule"},
}


@pytest.fixture(autouse=True)
def _read_schemas_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(utils, "schema_contents", _contents)


_contents = cache(utils.schema_contents)


def is_of_an_operator(one: Manifest) -> bool:
    return one["kind"] in OF_OPERATORS.get(one["apiVersion"], set())


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_object_keeps_to_its_schema(overlay: str) -> None:
    for one in render(overlay):
        if not is_of_an_operator(one):
            kubernetes_validate.validate(one, VERSION, strict=True)


def test_what_an_optional_component_adds_does_too() -> None:
    there = {(one["kind"], one["metadata"]["name"]) for one in render("production")}
    added = [one for one in render(WITH_TRACES) if (one["kind"], one["metadata"]["name"]) not in there]
    assert {one["kind"] for one in added} == {"ConfigMap", "NetworkPolicy"}
    for one in added:
        kubernetes_validate.validate(one, VERSION, strict=True)


def test_a_field_that_does_not_exist_is_found() -> None:
    [deployment, *_] = [one for one in render("local") if one["kind"] == "Deployment"]
    wrong = {**deployment, "spec": {**deployment["spec"], "replica": 2}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSION, strict=True)


def test_only_production_needs_operators_and_it_uses_each() -> None:
    for overlay in ("kind", "local"):
        assert [one["kind"] for one in render(overlay) if is_of_an_operator(one)] == []
    used = {(one["apiVersion"], one["kind"]) for one in render("production") if is_of_an_operator(one)}
    assert used == {(version, kind) for version, kinds in OF_OPERATORS.items() for kind in kinds}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_all_lies_in_one_namespace_that_admits_restricted_pods_only(overlay: str) -> None:
    [namespace] = [one for one in render(overlay) if one["kind"] == "Namespace"]
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    for one in render(overlay):
        if one["kind"] != "Namespace":
            assert one["metadata"]["namespace"] == namespace["metadata"]["name"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_secret_stands_in_a_manifest(overlay: str) -> None:
    assert [one for one in render(overlay) if one["kind"] == "Secret"] == []
