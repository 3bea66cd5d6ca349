"""NetworkPolicies allow the pairs of pairs.py, and no other pair of pods at any port that anybody listens to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network
from itertools import product

import pytest

from tests.kubernetes.pairs import BESIDE, OF_ALL
from tests.kubernetes.rendered import OVERLAYS, WITH_TRACES, Manifest, named, of_kind, pods

ALL = (*OVERLAYS, WITH_TRACES)
PORTS = (53, 80, 443, 465, 587, 1025, 4318, 5432, 6443, 8000, 8025, 8443, 9000, 9090, 9091, 9092, 9093, 9999)


@dataclass(frozen=True)
class Somebody:
    """A pod by its labels, in a namespace by its labels; or an address outside the cluster."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    namespace: Mapping[str, str] = field(default_factory=lambda: {"kubernetes.io/metadata.name": "attune"})
    address: str = "10.244.3.4"

    @property
    def is_here(self) -> bool:
        return self.namespace.get("kubernetes.io/metadata.name") == "attune"


def elsewhere(name: str, namespace: str, labels: Mapping[str, str], **more: str) -> Somebody:
    return Somebody(name, labels, {"kubernetes.io/metadata.name": namespace, **more})


OTHERS = (
    Somebody("stranger"),
    elsewhere("dns", "kube-system", {"k8s-app": "kube-dns"}),
    elsewhere("stranger-elsewhere", "default", {"app.kubernetes.io/part-of": "attune"}),
    elsewhere("prometheus", "monitoring", {"app.kubernetes.io/name": "prometheus"}),
    elsewhere("grafana", "monitoring", {"app.kubernetes.io/name": "grafana"}),
    elsewhere("collector", "tracing", {"app.kubernetes.io/name": "opentelemetry-collector"}),
    elsewhere("way-in", "ingress", {}, **{"attune-part": "way-in"}),
    elsewhere("keda", "keda", {"app": "keda-operator"}),
    elsewhere("cnpg", "cnpg-system", {"app.kubernetes.io/name": "cloudnative-pg"}),
    elsewhere("strimzi", "strimzi", {"strimzi.io/kind": "cluster-operator"}),
    Somebody("internet", namespace={}, address="203.0.113.9"),
    Somebody("private", namespace={}, address="192.168.1.9"),
)


def everybody(overlay: str) -> list[Somebody]:
    found = [Somebody(one.name, one.labels) for one in pods(overlay)]
    if overlay.startswith("production"):  # made by operators, with the labels that they are told to give
        cluster = named(overlay, "Cluster", "postgres")["spec"]["inheritedMetadata"]["labels"]
        nodes = named(overlay, "KafkaNodePool", "nodes")["spec"]["template"]["pod"]["metadata"]["labels"]
        kafka = named(overlay, "Kafka", "event-log")["spec"]["entityOperator"]["template"]["pod"]
        operator = kafka["metadata"]["labels"]
        found += [Somebody("postgres", cluster), Somebody("event-log", nodes)]
        found += [Somebody("event-log-operator", operator)]
    return [*found, *OTHERS]


def selects(selector: Manifest, labels: Mapping[str, str]) -> bool:
    if not selector.get("matchLabels", {}).items() <= labels.items():
        return False
    for rule in selector.get("matchExpressions", []):
        has = labels.get(rule["key"]) in rule["values"]
        assert rule["operator"] in ("In", "NotIn")
        if has != (rule["operator"] == "In"):
            return False
    return True


def is_peer(peer: Manifest, other: Somebody) -> bool:
    if block := peer.get("ipBlock"):
        address = ip_address(other.address)
        return address in ip_network(block["cidr"]) and not any(
            address in ip_network(one) for one in block.get("except", [])
        )
    if not other.namespace:  # no pod
        return False
    if "namespaceSelector" in peer:
        if not selects(peer["namespaceSelector"], other.namespace):
            return False
    elif not other.is_here:
        return False
    return selects(peer.get("podSelector", {}), other.labels)


def lets(policies: list[Manifest], direction: str, one: Somebody, other: Somebody, port: int) -> bool:
    """Whether `one`'s policies of this direction let `other` at this port."""
    if not one.is_here:
        return True  # not ours to say
    own = [
        policy["spec"]
        for policy in policies
        if selects(policy["spec"]["podSelector"], one.labels) and direction in policy["spec"]["policyTypes"]
    ]
    side = "to" if direction == "Egress" else "from"
    return not own or any(
        (side not in rule or any(is_peer(peer, other) for peer in rule[side]))
        and ("ports" not in rule or port in [entry["port"] for entry in rule["ports"]])
        for spec in own
        for rule in spec.get(direction.lower(), [])
    )


def strimzis(overlay: str) -> Iterator[Manifest]:
    """What Strimzi adds to ours: a listener lets its `networkPolicyPeers` in, and where it has none everybody."""
    for kafka in of_kind(overlay, "Kafka"):
        nodes = named(overlay, "KafkaNodePool", "nodes")["spec"]["template"]["pod"]["metadata"]["labels"]
        for listener in kafka["spec"]["kafka"]["listeners"]:
            peers = listener.get("networkPolicyPeers")
            rule = {"ports": [{"port": listener["port"]}], **({"from": peers} if peers else {})}
            yield {
                "spec": {"podSelector": {"matchLabels": nodes}, "policyTypes": ["Ingress"], "ingress": [rule]}
            }


def allowed(overlay: str) -> Iterator[tuple[str, str, int]]:
    policies = [*of_kind(overlay, "NetworkPolicy"), *strimzis(overlay)]
    for source, target, port in product(everybody(overlay), everybody(overlay), PORTS):
        if not (source.is_here or target.is_here):
            continue
        if lets(policies, "Egress", source, target, port) and lets(policies, "Ingress", target, source, port):
            yield source.name, target.name, port


def is_meant(one: Somebody, pattern: str) -> bool:
    return not one.is_here if pattern == "elsewhere" else fnmatchcase(one.name, pattern)


@pytest.mark.parametrize("overlay", ALL)
def test_exactly_the_pairs_of_the_table_may_talk(overlay: str) -> None:
    here = {one.name for one in everybody(overlay) if one.is_here}
    table = (*OF_ALL, *BESIDE[overlay])
    wanted = {
        (source.name, target.name, port)
        for source, target, (of, at, port) in product(everybody(overlay), everybody(overlay), table)
        if is_meant(source, of) and is_meant(target, at) and {source.name, target.name} & here
    }
    found = set(allowed(overlay))
    assert found - wanted == set(), "allowed, and not in the table"
    assert wanted - found == set(), "in the table, and not allowed"


@pytest.mark.parametrize("overlay", ALL)
def test_no_line_of_the_table_is_idle(overlay: str) -> None:
    found, known = set(allowed(overlay)), {one.name: one for one in everybody(overlay)}
    for of, at, port in (*OF_ALL, *BESIDE[overlay]):
        assert any(
            is_meant(known[source], of) and is_meant(known[target], at) and at_port == port
            for source, target, at_port in found
        ), (of, at, port)
