"""docker-compose.yml as Compose reads it, with nothing set."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from deploy.installation.apart import needs

ROOT = Path(__file__).parents[2]
COMPOSE = str(Path(sys.executable).parent / "docker-compose")
KEYS = "/var/lib/attune/keys"


@cache
def composed(file: str = "docker-compose.yml", **variables: str) -> Any:
    """The whole file, every profile. No engine is asked."""
    command = [COMPOSE, "-f", file, "--env-file", "/dev/null", "--profile", "*", "config", "--format", "json"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
        env={"PATH": os.defpath, "HOME": "/nowhere", **variables},
    )  # fmt: skip
    return json.loads(done.stdout)


def services() -> dict[str, Any]:
    found: dict[str, Any] = composed()["services"]
    return found


def is_once(service: Any) -> bool:
    """Whether it does its work and ends."""
    return bool(service["restart"] == "no")


PROCESSES = [
    name
    for name in needs()
    if not name.startswith("migrate-")
    and name not in ("databases", "postgres", "grafana", "backup", "restore")
]
