"""Every metric is named in one place, and its labels name code: never a person, a practice or a path (rule P3)."""

import re
from pathlib import Path

import pytest
from prometheus_client.metrics import MetricWrapperBase

from shared.telemetry import metrics

pytestmark = pytest.mark.P3
ROOT = Path(__file__).resolve().parents[2]
ALLOWED = {"service", "method", "route", "status", "topic", "reason", "kind", "channel", "outcome"}
ALLOWED |= {"process", "version"}
"""Names of code and numbers: service, process, version, method, route template, status, topic, reason, outcome."""
ALL = {name: one for name, one in vars(metrics).items() if isinstance(one, MetricWrapperBase)}


def test_the_metrics_are_found() -> None:
    assert {"http_requests", "outbox_rows", "audit_unsealed_age_seconds"} <= set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_a_metric_has_only_labels_that_are_allowed(name: str) -> None:
    assert set(ALL[name]._labelnames) <= ALLOWED
    assert ALL[name]._name.startswith("attune_")


def test_no_metric_is_made_anywhere_else() -> None:
    makers = re.compile(r"\b(Counter|Gauge|Histogram|Summary|Info|Enum)\(\s*[\"']")
    elsewhere = [
        str(path.relative_to(ROOT))
        for folder in ("services", "shared", "deploy")
        for path in (ROOT / folder).rglob("*.py")
        if path != ROOT / "shared" / "telemetry" / "metrics.py"
        and (makers.search(path.read_text()) or "from prometheus_client import Counter" in path.read_text())
    ]
    assert elsewhere == []
