"""Panels and boards as Grafana's JSON (its classic model, schema 42, which every Grafana since 12 reads)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.settings import SERVICES

SCHEMA_VERSION = 42
_WIDTH, _HEIGHT = 24, 8
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}


@dataclass(frozen=True)
class Panel:
    """One question: `queries` are legend → PromQL; `unit` is Grafana's name of it; `limit` where an alert begins."""

    title: str
    queries: Mapping[str, str]
    unit: str = "short"
    limit: float | None = None
    kind: str = "timeseries"


@dataclass(frozen=True)
class Board:
    """A dashboard: `rows` of panels side by side. `asks_service`: its reader chooses one as `$service`."""

    uid: str
    title: str
    rows: Sequence[Sequence[Panel]]
    asks_service: bool = False


def board_json(board: Board) -> dict[str, Any]:
    """A board as Grafana imports it."""
    return {
        "uid": board.uid,
        "title": board.title,
        "tags": ["attune"],
        "schemaVersion": SCHEMA_VERSION,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "annotations": {"list": []},
        "templating": {"list": _variables(board)},
        "panels": list(_placed(board.rows)),
    }


def _variables(board: Board) -> list[dict[str, Any]]:
    source = {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}
    if not board.asks_service:
        return [source]
    options = [{"text": one, "value": one, "selected": one == SERVICES[0]} for one in SERVICES]
    service = {"name": "service", "label": "Service", "type": "custom", "query": ",".join(SERVICES)}
    return [source, {**service, "options": options, "current": options[0]}]


def _placed(rows: Sequence[Sequence[Panel]]) -> Sequence[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for row_no, row in enumerate(rows):
        width = _WIDTH // len(row)
        for column, panel in enumerate(row):
            place = {"x": column * width, "y": row_no * _HEIGHT, "w": width, "h": _HEIGHT}
            made.append({"id": len(made) + 1, "gridPos": place, **_panel(panel)})
    return made


def _panel(panel: Panel) -> dict[str, Any]:
    is_graph = panel.kind == "timeseries"
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    if panel.limit is not None:
        steps.append({"color": "red", "value": panel.limit})
    defaults: dict[str, Any] = {"unit": panel.unit, "thresholds": {"mode": "absolute", "steps": steps}}
    if is_graph:
        style = "off" if panel.limit is None else "dashed"
        defaults |= {"min": 0, "custom": {"thresholdsStyle": {"mode": style}}}
    return {
        "type": panel.kind,
        "title": panel.title,
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": _GRAPH if is_graph else {"reduceOptions": {"calcs": ["lastNotNull"]}},
        "targets": [
            {"refId": chr(ord("A") + n), "datasource": _SOURCE, "expr": expr, "legendFormat": legend}
            for n, (legend, expr) in enumerate(panel.queries.items())
        ],
    }


_GRAPH = {
    "legend": {"showLegend": True, "displayMode": "list", "placement": "bottom"},
    "tooltip": {"mode": "multi", "sort": "desc"},
}
