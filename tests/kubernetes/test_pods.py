"""What every pod must be: restricted, bounded, watched, labelled, without a token."""

import re

import pytest

from tests.kubernetes.rendered import OVERLAYS, SERVICES, Manifest, Pods, named, of_kind, pods

EVERY = list(pods("production", "local"))  # kind is local with other images and volumes
LASTING = [one for one in EVERY if one.kind in ("Deployment", "StatefulSet")]
PROCESSES = [one for one in EVERY if one.kind == "Deployment"]


def of(found: list[Pods]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("one", found, ids=str)


def test_each_service_has_a_web_and_a_worker_deployment_and_a_migration() -> None:
    for overlay in OVERLAYS:
        found = {(one.kind, one.name) for one in pods(overlay)}
        version = named(overlay, "Deployment", "gateway-web")["metadata"]["labels"][
            "app.kubernetes.io/version"
        ]
        for service in SERVICES:
            wanted = {("Deployment", f"{service}-web"), ("Deployment", f"{service}-worker")}
            wanted.add(("Job", f"{service}-migrate-{version}"))
            assert wanted <= found
        assert ("Job", f"databases-{version}") in found


@of(EVERY)
def test_a_pod_satisfies_pod_security_restricted_and_more(one: Pods) -> None:
    security = one.spec["securityContext"]
    assert security["runAsNonRoot"] is True
    assert security["runAsUser"] == (10001 if one.is_ours else security["runAsUser"]) != 0
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    # Else each start would open every file to the group, and PostgreSQL refuses a folder like that.
    assert security["fsGroupChangePolicy"] == "OnRootMismatch"
    for container in one.containers:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
    assert not {"hostNetwork", "hostPID", "hostIPC"} & one.spec.keys()
    allowed = {"name", "emptyDir", "secret", "persistentVolumeClaim", "configMap", "projected"}
    assert all(volume.keys() <= allowed for volume in one.spec.get("volumes", []))


@of(EVERY)
def test_a_pod_has_no_token_and_no_password_in_its_environment(one: Pods) -> None:
    assert one.spec["automountServiceAccountToken"] is False
    assert one.spec["enableServiceLinks"] is False
    for container in one.containers:
        for variable in container.get("env", []):
            assert "secretKeyRef" not in variable.get("valueFrom", {})
            assert not re.search(r"://[^/@]*:[^/@]*@", variable.get("value", ""))


@of(EVERY)
def test_a_container_knows_each_name_that_stands_in_its_words(one: Pods) -> None:
    """Kubernetes leaves `$(NAME)` as it stands where it knows no such variable."""
    for container in one.containers:
        variables = container.get("env", [])
        known = {variable["name"] for variable in variables}
        for source in container.get("envFrom", []):
            known |= named(one.overlay, "ConfigMap", source["configMapRef"]["name"])["data"].keys()
        words = [*container.get("command", []), *container.get("args", [])]
        words += [variable.get("value", "") for variable in variables]
        assert {name for word in words for name in re.findall(r"\$\((\w+)\)", word)} <= known


@of(EVERY)
def test_a_pod_says_what_it_takes(one: Pods) -> None:
    for container in one.containers:
        for kind in ("requests", "limits"):
            assert {"cpu", "memory"} == container["resources"][kind].keys()
    assert one.spec.get("terminationGracePeriodSeconds", 30) >= 30


@of(EVERY)
def test_an_image_has_a_version(one: Pods) -> None:
    for container in one.containers:
        name, _, tag = container["image"].rpartition(":")
        assert name
        assert tag not in ("", "latest", "VERSION")
        assert "/" not in tag
        assert container["imagePullPolicy"] == "IfNotPresent"


@of(EVERY)
def test_a_pod_wears_the_recommended_labels(one: Pods) -> None:
    prefix = "app.kubernetes.io/"
    wanted = {"name", "component", "instance", "managed-by"} if one.kind == "StatefulSet" else {
        "name", "component", "instance", "managed-by", "part-of"
    }  # fmt: skip
    if one.kind in ("Deployment", "Job"):
        wanted.add("version")
    assert {f"{prefix}{name}" for name in wanted} <= one.labels.keys()


@of(LASTING)
def test_three_probes_ask_the_internal_port_or_the_server(one: Pods) -> None:
    probes = {name: one.main[f"{name}Probe"] for name in ("startup", "liveness", "readiness")}
    if one.is_ours:
        asked = {name: probe["httpGet"] for name, probe in probes.items()}
        assert asked["startup"] == asked["liveness"] == {"path": "/livez", "port": "internal"}
        assert asked["readiness"] == {"path": "/readyz", "port": "internal"}
        assert {"name": "internal", "containerPort": 9000} in one.main["ports"]
    # However slow the start, it is not killed for that; once up, a hang is noticed within minutes.
    assert probes["startup"]["periodSeconds"] * probes["startup"]["failureThreshold"] >= 120
    assert probes["liveness"]["periodSeconds"] * probes["liveness"]["failureThreshold"] <= 150


def selecting(one: Pods, kind: str) -> list[Manifest]:
    return [
        found
        for found in of_kind(one.overlay, kind)
        if found["spec"]["selector"]["matchLabels"].items() <= one.labels.items()
    ]


@of(PROCESSES)
def test_a_roll_out_takes_nothing_away_before_the_new_is_ready(one: Pods) -> None:
    strategy = one.owner["spec"]["strategy"]["rollingUpdate"]
    assert strategy == {"maxSurge": 1, "maxUnavailable": 0}
    if one.labels["app.kubernetes.io/component"] == "web":
        pause = one.main["lifecycle"]["preStop"]["sleep"]["seconds"]
        from shared.web.serve import GRACEFUL_S

        assert one.spec["terminationGracePeriodSeconds"] >= pause + GRACEFUL_S + 10
    else:
        from shared.path.worker import _STOP_DEADLINE_S

        assert one.spec["terminationGracePeriodSeconds"] >= _STOP_DEADLINE_S + 10
    assert "replicas" not in one.owner["spec"]  # an autoscaler's


@of(PROCESSES)
def test_a_deployment_has_a_budget_and_spreads(one: Pods) -> None:
    [budget] = selecting(one, "PodDisruptionBudget")
    assert budget["spec"]["maxUnavailable"] == 1
    spread = one.spec["topologySpreadConstraints"]
    assert [found["topologyKey"] for found in spread] == [
        "kubernetes.io/hostname", "topology.kubernetes.io/zone",
    ]  # fmt: skip
    for constraint in spread:
        assert constraint["labelSelector"]["matchLabels"].items() <= one.labels.items()
        keys = set(constraint["matchLabelKeys"])
        assert keys.isdisjoint(constraint["labelSelector"]["matchLabels"])  # the API server refuses both
        assert {"app.kubernetes.io/component", "pod-template-hash"} == keys


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_each_selector_finds_the_pods_of_one_kind(overlay: str) -> None:
    everybody = list(pods(overlay))
    for one in of_kind(overlay, "Service"):
        found = [pod for pod in everybody if one["spec"]["selector"].items() <= pod.labels.items()]
        assert len(found) == 1, one["metadata"]["name"]
    for one in of_kind(overlay, "Deployment", "PodDisruptionBudget"):
        labels = one["spec"]["selector"]["matchLabels"].items()
        assert len([pod for pod in everybody if labels <= pod.labels.items()]) == 1, one["metadata"]["name"]
