"""One run of docker-compose.yml under a project name of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
COMPOSE = str(Path(sys.executable).parent / "docker-compose")
STEP_S = 900
"""The longest that one command may take, on a machine that has much else to do."""


class Failed(Exception):
    """What was expected of the stack and is not so."""


class Stack:
    """A project: its name, and what its variables are set to."""

    def __init__(self, project: str, variables: Mapping[str, str]) -> None:
        self.project = project
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "DOCKER_HOST") if name in os.environ}
        self._environment = {**kept, **variables}

    def compose(self, *arguments: str, file: str = "docker-compose.yml") -> str:
        """What Compose prints. Raises Failed."""
        command = [COMPOSE, "-p", self.project, "--env-file", "/dev/null", "-f", file, *arguments]
        return run(command, environment=self._environment)

    def up(self) -> None:
        """Start what does not run; returns when everything is healthy."""
        self.compose("up", "--detach", "--no-build", "--wait", "--wait-timeout", str(STEP_S - 60))

    def down(self, *, with_volumes: bool) -> None:
        """Stop and remove all of it, those of every profile too, which Compose leaves alone otherwise."""
        end = ["down", "--timeout", "30", "--remove-orphans", *(["--volumes"] if with_volumes else [])]
        self.compose("--profile", "*", *end)

    def containers(self) -> Mapping[str, Any]:
        """Service -> what the engine knows of its container; those that ended, too."""
        ids = docker(
            "ps", "--all", "--quiet", "--filter", f"label=com.docker.compose.project={self.project}"
        ).split()
        found = json.loads(docker("inspect", *ids)) if ids else []
        return {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in found}

    def exec(self, service: str, *command: str) -> str:
        return self.compose("exec", "-T", service, *command)

    def leftovers(self) -> Sequence[str]:
        """Containers, volumes and networks of this project that are still there."""
        label = f"label=com.docker.compose.project={self.project}"
        return [
            *docker("ps", "--all", "--quiet", "--filter", label).split(),
            *docker("volume", "ls", "--quiet", "--filter", label).split(),
            *docker("network", "ls", "--quiet", "--filter", label).split(),
        ]


def docker(*arguments: str, **environment: str) -> str:
    return run(["docker", *arguments], environment={**os.environ, **environment})


def run(command: Sequence[str], *, environment: Mapping[str, str]) -> str:
    """What a command prints. Raises Failed with its last lines when it fails or takes too long."""
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=STEP_S
        )
    except subprocess.TimeoutExpired as error:
        raise Failed(f"{' '.join(command)}: not done after {STEP_S} s") from error
    if done.returncode != 0:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise Failed(f"{' '.join(command)}: exit code {done.returncode}\n{last}")
    return done.stdout
