"""Rules and dashboards ask only for what the services export; what is made from a place of its own is up to date."""

import json
import re
from pathlib import Path

import pytest
from prometheus_client.metrics import MetricWrapperBase

from deploy.monitoring.__main__ import made
from deploy.monitoring.dashboards.panels import SCHEMA_VERSION
from shared.settings import SERVICES
from shared.telemetry import metrics
from tests.monitoring.programs import ROOT, promtool
from tests.monitoring.queries import BOARDS, asked_of, of_boards, of_rules, unknown

DECLARED = {name: one for name, one in vars(metrics).items() if isinstance(one, MetricWrapperBase)}
_PARTS = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
EXPORTED = {
    f"{one._name}{part}": set(one._labelnames) | ({"le"} if part == "_bucket" else set())
    for one in DECLARED.values()
    for part in _PARTS[str(one._type)]
}
QUERIES = of_rules() | of_boards(SERVICES[0], "5m")


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_asks_for_what_is_exported(name: str) -> None:
    assert unknown(QUERIES[name], EXPORTED) == set()


def test_the_queries_of_the_boards_can_be_read(tmp_path: Path) -> None:
    rules = [
        {"record": f"board:{n}", "expr": expr} for n, expr in enumerate(of_boards("intake", "5m").values())
    ]
    assert len(rules) > 40
    file = tmp_path / "boards.json"
    file.write_text(json.dumps({"groups": [{"name": "boards", "rules": rules}]}))
    checked = promtool("check", "rules", file)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("expr", "missing"),
    [
        ("attune_outbox_row", {"attune_outbox_row"}),
        ('sum(rate(attune_http_requests{route="x"}[5m]))', {"attune_http_requests"}),
        ('attune_outbox_rows{topic="x"} > 1', {"attune_outbox_rows{topic}"}),
        ("sum by (person) (attune_outbox_rows)", {"by person"}),
        ("time() - max by (service) (attune_outbox_rows offset 5m) or vector(0) > Inf", set()),
        ("gateway:attune_slow:ratio_rate4h", {"gateway:attune_slow:ratio_rate4h"}),
    ],
)
def test_a_query_for_something_else_is_noticed(expr: str, missing: set[str]) -> None:
    assert unknown(expr, EXPORTED) == missing


def test_an_expression_is_taken_apart() -> None:
    expr = 'histogram_quantile(0.95, sum by (le) (rate(a_bucket{x="a{b}", y!~"c"}[5m]))) / on (job) b:c > 1e3'
    assert asked_of(expr) == ({"a_bucket": {"x", "y"}, "b:c": set()}, {"le", "job"})


def test_every_metric_is_set_somewhere() -> None:
    sources = [path for folder in ("services", "shared") for path in (ROOT / folder).rglob("*.py")]
    used = {name for path in sources for name in re.findall(r"\bmetrics\.(\w+)", path.read_text())}
    assert set(DECLARED) <= used


def test_what_is_made_is_up_to_date() -> None:
    stale = [
        str(path) for path, content in made().items() if not path.exists() or path.read_text() != content
    ]
    assert stale == [], "run python -m deploy.monitoring"
    assert set(BOARDS) == {path for path in made() if path.suffix == ".json"}


@pytest.mark.parametrize("board", BOARDS, ids=lambda path: path.stem)
def test_a_board_is_whole(board: Path) -> None:
    content = json.loads(board.read_text())
    assert content["schemaVersion"] == SCHEMA_VERSION
    assert len({panel["id"] for panel in content["panels"]}) == len(content["panels"])
    assert all(
        0 <= place["x"] <= 24 - place["w"] for place in (panel["gridPos"] for panel in content["panels"])
    )
    chosen = {one["name"] for one in content["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)", board.read_text())) - {"__rate_interval"}
    assert used == chosen
