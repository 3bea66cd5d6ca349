"""A cluster: the one of the current kubeconfig, or one that tools of this machine start and stop."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

NAMESPACE = "attune"


class Failed(Exception):
    """Something is not as the manifests promise; the text says what."""


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


class Cluster:
    """Runs kubectl. `tools`: a folder with up.sh, load-image.sh and down.sh, or None."""

    def __init__(self, tools: Path | None) -> None:
        self._tools = tools
        self._environment = dict(os.environ)
        self._folder = Path(os.environ.get("K8S_DIR", "/tmp/k8s"))
        self.was_started = False

    def start(self) -> None:
        """Start one, unless it runs already."""
        if self._tools is None:
            return
        was_up = self._is_up()
        say("a cluster is started (the first time it is built, which takes long)")
        self._tool("up.sh")
        self._environment["KUBECONFIG"] = str(self._folder / "kubeconfig")
        self._environment["PATH"] = f"{self._folder / 'bin'}:{self._environment['PATH']}"
        self.was_started = not was_up

    def stop(self) -> None:
        if self._tools is not None and self.was_started:
            self._tool("down.sh")

    def load(self, *images: str) -> None:
        """Bring images from the local docker engine to the node; NAME=OTHER: under another name."""
        if self._tools is not None:
            self._tool("load-image.sh", *images)

    def kubectl(self, *arguments: str, stdin: str | None = None, timeout_s: float = 600) -> str:
        """What kubectl says. Raises Failed with its complaint."""
        done = subprocess.run(
            ["kubectl", *arguments], input=stdin, capture_output=True, text=True, check=False,
            env=self._environment, timeout=timeout_s,
        )  # fmt: skip
        if done.returncode != 0:
            raise Failed(f"kubectl {' '.join(arguments[:4])}: {done.stderr.strip()[-600:]}")
        return done.stdout

    def ours(self, *arguments: str, **more: Any) -> str:
        return self.kubectl("--namespace", NAMESPACE, *arguments, **more)

    def objects(self, *arguments: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.ours("get", *arguments, "--output", "json"))["items"]
        return found

    def complaints(self, last: int = 30) -> str:
        """What the platform's processes that still run have warned of, the latest lines."""
        labels = "app.kubernetes.io/part-of=attune,app.kubernetes.io/component in (web,worker)"
        said = self.ours("logs", "--selector", labels, "--prefix", "--tail=2000", "--max-log-requests=40")
        lines = [
            line for line in said.splitlines() if '"level": "warning"' in line or '"level": "error"' in line
        ]
        return "\n".join(lines[-last:])

    def until(self, what: str, holds: Callable[[], bool], *, within_s: float) -> float:
        """Seconds until it holds. Raises Failed with what the pods look like."""
        began = time.monotonic()
        while not holds():
            if time.monotonic() - began > within_s:
                raise Failed(f"not within {within_s:.0f} s: {what}\n{self.ours('get', 'pods', '-o', 'wide')}")
            time.sleep(0.5)
        return time.monotonic() - began

    def _is_up(self) -> bool:
        pid = self._folder / "run" / "kubelet.pid"
        return pid.exists() and Path(f"/proc/{pid.read_text().strip()}").exists()

    def _tool(self, name: str, *arguments: str) -> None:
        command: Sequence[str] = ["bash", str(self._tools_folder / name), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    @property
    def _tools_folder(self) -> Path:
        assert self._tools is not None
        return self._tools
