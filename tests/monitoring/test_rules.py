"""The alerts: each fires when it should, is silent when it comes close, and has a page that says what to do."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.settings import SERVICES
from tests.monitoring.cases import CASES, Case
from tests.monitoring.programs import MONITORING, ROOT, RULES, promtool

FILES = sorted(RULES.glob("*.yml"))
ALERTS: dict[str, dict[str, Any]] = {
    rule["alert"]: rule
    for file in FILES
    for group in yaml.safe_load(file.read_text())["groups"]
    for rule in group["rules"]
    if "alert" in rule
}
RUNBOOKS = ROOT / "docs" / "runbooks"


def test_prometheus_takes_its_configuration_and_the_rules() -> None:
    config = promtool("check", "config", "--lint-fatal", MONITORING / "prometheus.yml")
    assert config.returncode == 0, config.stdout
    rules = promtool("check", "rules", "--lint-fatal", *FILES)
    assert rules.returncode == 0, rules.stdout


def test_every_process_of_the_platform_is_asked() -> None:
    scraped = yaml.safe_load((MONITORING / "prometheus.yml").read_text())["scrape_configs"]
    targets = {
        name: set(job["static_configs"][0]["targets"]) for job in scraped for name in [job["job_name"]]
    }
    assert targets["attune-web"] == {f"{one}:9000" for one in SERVICES}
    assert targets["attune-worker"] == {f"{one}-worker:9000" for one in SERVICES}
    named = re.findall(r'service="(\w+)", process="(\w+)"', ALERTS["ProcessMissing"]["expr"])
    assert sorted(named) == sorted((one, process) for one in SERVICES for process in ("web", "worker"))


@pytest.mark.parametrize(("name", "is_slow"), [*((name, False) for name in CASES), ("objectives", True)])
def test_the_alerts_fire_when_they_should_and_only_then(name: str, is_slow: bool, tmp_path: Path) -> None:
    cases = [one for one in CASES[name] if one.is_slow is is_slow]
    assert cases
    played = promtool("test", "rules", _written(tmp_path / "cases.json", name, cases))
    assert played.returncode == 0, played.stdout


def test_a_case_that_is_wrong_is_noticed(tmp_path: Path) -> None:
    """The planted fault: of each kind one, the other way round."""
    fires = next(one for one in CASES["events"] if one.alert == "OutboxOld" and one.fires)
    silent = next(one for one in CASES["events"] if one.alert == "OutboxOld" and not one.fires)
    wrong = [
        Case("OutboxOld", "", fires.series, fires.at),
        Case("OutboxOld", "", silent.series, silent.at, fires.fires),
    ]
    for one in wrong:
        assert promtool("test", "rules", _written(tmp_path / "wrong.json", "events", [one])).returncode != 0


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_is_seen_to_fire_and_to_be_silent(alert: str) -> None:
    assert {bool(one.fires) for cases in CASES.values() for one in cases if one.alert == alert} == {
        True,
        False,
    }


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_says_how_bad_it_is_what_it_is_and_where_its_page_lies(alert: str) -> None:
    rule = ALERTS[alert]
    assert rule["labels"] == {"severity": rule["labels"]["severity"]}
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert set(rule["annotations"]) == {"summary", "runbook_url"}
    assert rule["annotations"]["runbook_url"] == f"docs/runbooks/{alert}.md"


def test_every_alert_has_a_page_and_every_page_an_alert() -> None:
    pages = {page.stem: page.read_text() for page in RUNBOOKS.glob("*.md") if page.name != "README.md"}
    assert set(pages) == set(ALERTS)
    index = (RUNBOOKS / "README.md").read_text()
    for alert, text in pages.items():
        assert text.startswith(f"# {alert}\n"), alert
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert headings == ["What it means for people", "Look", "Do"], alert
        assert f"]({alert}.md)" in index, alert


def _written(path: Path, name: str, cases: Sequence[Case]) -> Path:
    """Cases of one file of rules as promtool reads them (JSON is YAML)."""
    tests = [
        {
            "interval": "5m" if case.is_slow else "1m",
            "input_series": [{"series": series, "values": values} for series, values in case.series.items()],
            "promql_expr_test": [
                {
                    "expr": f'ALERTS{{alertname="{case.alert}", alertstate="firing"}}  # {case.why}',
                    "eval_time": f"{case.at}m",
                    "exp_samples": [
                        {"labels": _labels(case.alert, labels), "value": 1} for labels in case.fires
                    ],
                }
            ],
        }
        for case in cases
    ]
    longest = max((case.at for case in cases), default=0)
    files = [RULES / "recording.yml", RULES / f"{name}.yml"]
    groups = [group["name"] for file in files for group in yaml.safe_load(file.read_text())["groups"]]
    content = {
        "rule_files": [str(file) for file in files],
        "group_eval_order": groups,  # or an alert looks at what was recorded the time before
        "evaluation_interval": "2h" if longest > 1000 else "5m" if longest > 100 else "1m",
        "tests": tests,
    }
    path.write_text(json.dumps(content))
    return path


def _labels(alert: str, own: Any) -> str:
    labels = {
        "alertname": alert,
        "alertstate": "firing",
        "severity": ALERTS[alert]["labels"]["severity"],
        **own,
    }
    return "ALERTS{" + ", ".join(f"{name}={json.dumps(value)}" for name, value in labels.items()) + "}"
