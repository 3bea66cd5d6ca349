"""Pods that policies don't allow reach nothing; those that they allow do."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.kubernetes.live.cluster import Cluster, Failed

SERVER = {
    "database": ("postgres-rw", 5432),
    "event log": ("event-log-kafka-bootstrap", 9092),
    "intake": ("intake-web", 8000),
    "intake's metrics": ("intake-worker", 9000),
    "gateway": ("gateway-web", 8000),
    "mail": ("mail", 8025),
}
OURS = {"app.kubernetes.io/part-of": "attune", "app.kubernetes.io/name": "probe"}
KINDS: tuple[tuple[str, str, Mapping[str, str], frozenset[str]], ...] = (
    ("a stranger in the namespace", "attune", {}, frozenset()),
    ("a stranger elsewhere", "default", OURS, frozenset()),
    ("a migration", "attune", {**OURS, "app.kubernetes.io/component": "migration"}, frozenset({"database"})),
    ("a worker", "attune", {**OURS, "app.kubernetes.io/component": "worker"},
     frozenset({"database", "event log"})),
    ("a backup", "attune", {**OURS, "app.kubernetes.io/component": "backup"},
     frozenset({"database", "event log"})),
)  # fmt: skip
INSIDE: tuple[tuple[str, frozenset[str]], ...] = (
    (
        "gateway-web",
        frozenset({"database", "intake", "intake's metrics", "gateway", "mail"}),
    ),  # itself: a pod may
    ("sessions-web", frozenset({"database"})),
    ("notify-worker", frozenset({"database", "event log"})),
)
_TRY = """
import json, socket, sys
said = {}
for name, (host, port) in json.loads(sys.argv[1]).items():
    try:
        socket.create_connection((host, port), 4).close()
        said[name] = "reached"
    except OSError as error:
        said[name] = f"{type(error).__name__} {error}"
print(json.dumps(said))
"""


def check_walls(cluster: Cluster, image: str) -> int:
    """How many ways were tried. Raises Failed for the first that is not as it should be."""
    tried = 0
    for number, (who, namespace, labels, may) in enumerate(KINDS):
        with probe(cluster, f"probe-{number}", namespace, labels, image) as name:
            target = {key: (f"{host}.attune", port) for key, (host, port) in SERVER.items()}
            tried += check(who, ask(cluster, namespace, f"pod/{name}", target), may)
    for name, may in INSIDE:
        tried += check(name, ask(cluster, "attune", f"deployment/{name}", SERVER), may)
    return tried


def check(who: str, said: Mapping[str, str], may: frozenset[str]) -> int:
    for name, what in said.items():
        if (what == "reached") != (name in may):
            raise Failed(f"{who} → {name}: {what}, and it {'must' if name in may else 'must not'} be reached")
    return len(said)


def ask(cluster: Cluster, namespace: str, pod: str, target: Mapping[str, tuple[str, int]]) -> dict[str, str]:
    said = cluster.kubectl(
        "--namespace", namespace, "exec", pod, "--container", "attune", "--",
        "python3", "-c", _TRY, json.dumps(target),
    )  # fmt: skip
    found: dict[str, str] = json.loads(said)
    return found


@contextmanager
def probe(
    cluster: Cluster, name: str, namespace: str, labels: Mapping[str, str], image: str
) -> Iterator[str]:
    """A pod that satisfies Pod Security `restricted` and waits to be asked."""
    manifest = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 0,
            "securityContext": {
                "runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": "attune",
                    "image": image,
                    "imagePullPolicy": "IfNotPresent",
                    "command": ["python3", "-c", "import time; time.sleep(600)"],
                    "securityContext": {
                        "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]},
                    },
                }
            ],
        },
    }  # fmt: skip
    cluster.kubectl("apply", "--filename", "-", stdin=json.dumps(manifest))
    try:
        cluster.kubectl(
            "--namespace", namespace, "wait", f"pod/{name}", "--for=condition=Ready", "--timeout=180s"
        )
        yield name
    finally:
        cluster.kubectl("--namespace", namespace, "delete", "pod", name, "--ignore-not-found", "--wait=false")


def check_admission(cluster: Cluster, image: str) -> None:
    """The namespace refuses a pod that wants more than `restricted` allows."""
    manifest = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "greedy", "namespace": "attune"},
        "spec": {"containers": [{"name": "attune", "image": image}]},
    }
    try:
        cluster.kubectl("apply", "--filename", "-", stdin=json.dumps(manifest))
    except Failed as refused:
        if "violates PodSecurity" in str(refused):
            return
        raise
    cluster.ours("delete", "pod", "greedy", "--wait=false")
    raise Failed("a pod without any restriction was admitted")
