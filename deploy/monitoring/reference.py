"""The list of metrics for docs/operations-metrics.md, read from the one place where they are named."""

import re
from collections.abc import Iterator
from pathlib import Path

from prometheus_client.metrics import MetricWrapperBase

from shared.telemetry import metrics

_BEGIN, _END = "<!-- made by python -m deploy.monitoring -->", "<!-- end -->"


def with_metrics(page: str) -> str:
    """The page with its list of metrics made anew."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    lines = "\n".join(_lines())
    return f"{before}{_BEGIN}\n\n{lines}\n\n{_END}{after}"


def _lines() -> Iterator[str]:
    source = Path(metrics.__file__).read_text(encoding="utf-8")
    is_first = True
    for heading, name in re.findall(
        r"^# (.+)\.$|^([a-z]\w*) = (?:Counter|Gauge|Histogram)\(", source, re.MULTILINE
    ):
        if heading:
            yield from () if is_first else ("",)
            yield from (f"**{heading}**", "", "| Metric | Kind, unit | Labels | Tells |", "|---|---|---|---|")
            is_first = False
        else:
            yield _row(getattr(metrics, name))


def _row(one: MetricWrapperBase) -> str:
    name = one._name + ("_total" if one._type == "counter" else "")
    labels = ", ".join(one._labelnames) or "–"
    return f"| `{name}` | {one._type}, {_unit(one._name)} | {labels} | {one._documentation} |"


def _unit(name: str) -> str:
    if name.endswith("_timestamp_seconds"):
        return "Unix time"
    return "seconds" if name.endswith("_seconds") else "count"
