"""Runs Prometheus' own tools; without them the tests fail with a sentence."""

import subprocess
from pathlib import Path

from deploy.local.prerequisites import prometheus_program

ROOT = Path(__file__).resolve().parents[2]
MONITORING = ROOT / "deploy" / "monitoring"
RULES = MONITORING / "rules"
ALERTMANAGER = MONITORING / "alertmanager.yml"


def program(name: str) -> Path:
    found = prometheus_program(name)
    assert found, f"these tests need {name}: python -m deploy.local.prerequisites fetches it on Debian"
    return found


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """What promtool says; stdout and stderr together."""
    return _said("promtool", *arguments)


def amtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """What Alertmanager's tool says."""
    return _said("amtool", *arguments)


def _said(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program(name), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
