"""Every query of rules and dashboards, and what metrics and labels it asks for."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import yaml

from tests.monitoring.programs import MONITORING, RULES

BOARDS = sorted((MONITORING / "grafana" / "dashboards").glob("*.json"))
OF_TARGET = {"job", "instance"}
OF_PROMETHEUS: Mapping[str, set[str]] = {
    "up": set(),
    "ALERTS": {"alertname", "alertstate", "service"},
    "process_resident_memory_bytes": set(),
    "process_cpu_seconds_total": set(),
}
"""What Prometheus makes itself or its client library exports, with labels beside those of the target."""

_WORDS = {"by", "on", "or", "and", "unless", "offset", "group_left", "Inf"}
_LISTS = re.compile(r"\b(?:by|on|group_left)\s*\(([^)]*)\)")


def rules() -> Iterator[dict[str, Any]]:
    for file in sorted(RULES.glob("*.yml")):
        for group in yaml.safe_load(file.read_text())["groups"]:
            yield from group["rules"]


def of_rules() -> dict[str, str]:
    return {rule.get("alert") or rule["record"]: rule["expr"] for rule in rules()}


def of_boards(service: str, interval: str) -> dict[str, str]:
    """By board, panel and place, with what a reader would have chosen."""
    found = {}
    for file in BOARDS:
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel["targets"]:
                expr = target["expr"].replace("$service", service).replace("$__rate_interval", interval)
                found[f"{file.stem}: {panel['title']}: {target['refId']}"] = expr
    return found


@cache
def recorded() -> dict[str, set[str]]:
    """Metrics that the rules make, with their labels."""
    made = {}
    for rule in rules():
        if "record" in rule:
            kept = [re.findall(r"\w+", one) for one in _LISTS.findall(rule["expr"])]
            made[rule["record"]] = {label for labels in kept for label in labels} - {"le"}
    return made


def asked_of(expr: str) -> tuple[dict[str, set[str]], set[str]]:
    """The metrics that an expression names, each with the labels it is chosen by; and the labels it is summed by."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', expr)
    bare = re.sub(r"\[[^\]]*\]|\boffset \w+", "", bare)
    summed = {label for labels in _LISTS.findall(bare) for label in re.findall(r"\w+", labels)}
    bare = _LISTS.sub("", bare)
    metrics: dict[str, set[str]] = {}
    for name, choice, call in re.findall(r"(?<![\w:.])([a-zA-Z_:][\w:]*)\s*(?:(\{[^}]*\})|(\())?", bare):
        if name not in _WORDS and not call:
            metrics.setdefault(name, set()).update(re.findall(r"(\w+)\s*[=!]", choice))
    return metrics, summed


def unknown(expr: str, exported: Mapping[str, set[str]]) -> set[str]:
    """Metrics and labels that the expression asks for and nobody exports."""
    known = {**exported, **OF_PROMETHEUS, **recorded()}
    metrics, summed = asked_of(expr)
    missing = set(metrics) - set(known)
    here = {name: labels for name, labels in metrics.items() if name in known}
    missing |= {
        f"{name}{{{label}}}" for name, labels in here.items() for label in labels - known[name] - OF_TARGET
    }
    return missing | {
        f"by {label}" for label in summed - OF_TARGET if not any(label in known[name] for name in here)
    }
