"""The platform in a cluster: installed, updated, asked whether it is whole."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from deploy.installation.secrets import write_secrets
from tests.kubernetes.live.cluster import NAMESPACE, Cluster, Failed, say

MANIFESTS = Path(__file__).resolve().parents[3] / "deploy" / "kubernetes"
URL = "http://localhost:30080"
DATABASES = ("intake", "sessions", "integration", "notify", "gateway")
STORES = ("postgres", "event-log", "mail")
READY_S = 900.0  # generous: all starts at once, perhaps on a busy machine
_OURS = ("--selector", "app.kubernetes.io/part-of=attune")


class Platform:
    """One overlay of deploy/kubernetes in one cluster."""

    def __init__(self, cluster: Cluster, overlay: str) -> None:
        self.cluster, self._overlay = cluster, overlay
        self.operator_key = ""

    def install(self, version: str) -> float:
        """Namespace, secrets, everything else. Seconds until all is ready."""
        self.cluster.kubectl("apply", "--filename", str(MANIFESTS / "base" / "namespace.yaml"))
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "keys"
            write_secrets(folder)
            files = [
                f"--from-file={file}" for file in sorted(folder.iterdir()) if not file.name.startswith(".")
            ]
            self.cluster.ours("create", "secret", "generic", "attune-keys", *files)
            self.operator_key = (folder / "operator_key").read_text().strip()
        return self.update(version)

    def update(self, version: str, **ready: float) -> float:
        """Apply this version of the overlay. Seconds until every pod is of it and ready."""
        self.apply(version)
        return self.until_ready(version, **ready)

    def apply(self, version: str) -> None:
        said = self.cluster.ours("apply", "--filename", "-", stdin=rendered(self._overlay, version))
        for line in said.splitlines():
            if "Warning" in line:
                raise Failed(line)

    def until_ready(self, version: str, within_s: float = READY_S) -> float:
        return self.cluster.until(
            f"all ready at {version}", lambda: self._is_ready(version), within_s=within_s
        )

    def _is_ready(self, version: str) -> bool:
        for one in self.cluster.objects("deployments,statefulsets"):
            status, wanted = one["status"], one["spec"].get("replicas", 1)
            is_seen = status.get("observedGeneration") == one["metadata"]["generation"]
            counts = [status.get(name, 0) for name in ("replicas", "readyReplicas", "updatedReplicas")]
            if not is_seen or counts != [wanted] * 3:
                return False
            if one["kind"] == "Deployment" and (
                one["metadata"]["labels"]["app.kubernetes.io/version"] != version
            ):
                return False
        jobs = [one for one in self.cluster.objects("jobs") if one["metadata"]["name"].endswith(version)]
        return len(jobs) == 6 and all(one["status"].get("succeeded") == 1 for one in jobs)

    def stop(self) -> float:
        """Let no process of the platform run. Seconds until the last is gone."""
        self.cluster.ours("scale", "deployment", *_OURS, "--replicas=0")
        lasting = "app.kubernetes.io/part-of=attune,app.kubernetes.io/component in (web,worker)"
        return self.cluster.until(
            "every process stopped",
            lambda: not self.cluster.objects("pods", "--selector", lasting),
            within_s=180.0,
        )

    def start(self, version: str) -> float:
        """Have the processes run again. Seconds until all are ready. (`apply` leaves a Deployment at 0.)"""
        self.cluster.ours("scale", "deployment", *_OURS, "--replicas=1")
        return self.until_ready(version)

    def rows(self, database: str, query: str) -> list[str]:
        """What the superuser sees, a line per row."""
        return self.sql(f"attune_{database}", query).split()

    def sql(self, database: str, statement: str) -> str:
        """What psql says, as the superuser. Raises Failed."""
        return self.cluster.ours(
            "exec", "postgres-0", "--container", "postgres", "--", "psql", "-U", "postgres",
            "-At", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", statement,
        )  # fmt: skip

    def until_at_rest(self, within_s: float = 180.0) -> float:
        """Seconds until no event is on its way anywhere. Ticks go on, so an outbox is empty now and then."""
        return self.cluster.until("no event under way", self._is_at_rest, within_s=within_s)

    def _is_at_rest(self) -> bool:
        waiting = "SELECT count(*) FROM outbox WHERE type <> 'attune.plumbing.tick.v1'"
        return all(self.rows(name, waiting) == ["0"] for name in DATABASES)

    def put_aside(self) -> dict[str, int]:
        """Dead letters by service; none is right."""
        return {
            name: count
            for name in DATABASES
            if (count := int(self.rows(name, "SELECT count(*) FROM dead_letter")[0]))
        }

    def remove(self) -> None:
        say("the namespace is removed")
        self.cluster.kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout=180s")


def rendered(overlay: str, version: str) -> str:
    """The overlay's manifests, with this version in its release.yaml."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "kubernetes"
        shutil.copytree(MANIFESTS, copy)
        release = copy / "overlays" / overlay / "release.yaml"
        lines = release.read_text().splitlines()
        assert lines[-1].startswith("  version: ")
        release.write_text("\n".join([*lines[:-1], f"  version: {version}"]) + "\n")
        done = subprocess.run(
            ["kubectl", "kustomize", str(copy / "overlays" / overlay)],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout
