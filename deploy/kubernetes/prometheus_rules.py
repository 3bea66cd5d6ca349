"""`python -m deploy.kubernetes.prometheus_rules`: the rules of deploy/monitoring as an object.

The Prometheus Operator wants a PrometheusRule, and kustomize can't put a file into an object: so it is
written anew when the rules change, and a test holds the two together.
"""

from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).resolve().parents[1]
RULES = DEPLOY / "monitoring" / "rules"
OBJECT = DEPLOY / "kubernetes" / "components" / "monitoring" / "rules.yaml"
_HEAD = (
    "# Made by `python -m deploy.kubernetes.prometheus_rules` from deploy/monitoring/rules. Change those.\n"
)


def as_object() -> str:
    """The object's text: every group of every file, in the files' order."""
    groups: list[Any] = []
    for file in sorted(RULES.glob("*.yml")):
        groups += yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
    said = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "attune"},
        "spec": {"groups": groups},
    }
    text: str = yaml.safe_dump(said, sort_keys=False, width=110)
    return _HEAD + text


if __name__ == "__main__":
    OBJECT.write_text(as_object(), encoding="utf-8")
