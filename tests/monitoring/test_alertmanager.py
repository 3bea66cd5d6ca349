"""Who is called for an alert, and for which nobody is, since they were called for its cause."""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.settings import SERVICES
from tests.monitoring.cases import CASES
from tests.monitoring.programs import ALERTMANAGER, MONITORING, ROOT, amtool
from tests.monitoring.queries import rules
from tests.monitoring.relabelling import relabelled

ALERTS = {rule["alert"]: rule["labels"]["severity"] for rule in rules() if "alert" in rule}
CONFIG: dict[str, Any] = yaml.safe_load(ALERTMANAGER.read_text())
PROMETHEUS: dict[str, Any] = yaml.safe_load((MONITORING / "prometheus.yml").read_text())
NOWHERE = {"page": "http://127.0.0.1:9/page", "ticket": "http://127.0.0.1:9/ticket"}
ABOUT_PEOPLE = {name for name in ALERTS if name.startswith(("Safety", "Withdrawal"))}
NEVER_SILENCED = ABOUT_PEOPLE | {
    "ProcessDown", "ProcessMissing", "GatewayUnavailableFast", "ConsumerStopped", "KeysParked",
    "DeadLettersWaiting", "NoticesFailing", "RemindersLate",
}  # fmt: skip
Labels = Mapping[str, str]
_MATCHER = re.compile(r'(\w+)(=~|=)"([^"]*)"')


def playable(urls: Labels, receivers: list[Any] | None = None) -> dict[str, Any]:
    """Our configuration for Debian's amtool, 0.25: addresses stand in it, as `url_file` came with 0.26.

    `urls`: receiver → address. `receivers`: others in place of ours.
    """
    config: dict[str, Any] = copy.deepcopy(CONFIG)
    if receivers is not None:
        config["receivers"] = receivers
    for receiver in config["receivers"]:
        for hook in receiver.get("webhook_configs", []):
            assert hook.pop("url_file") == f"/run/alerts/{receiver['name']}_url"
            hook["url"] = urls[receiver["name"]]
    return config


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return written(tmp_path, playable(NOWHERE))


def written(folder: Path, content: Mapping[str, Any]) -> Path:
    file = folder / "alertmanager.json"  # JSON is YAML
    file.write_text(json.dumps(content))
    return file


def test_alertmanager_takes_its_configuration(config: Path) -> None:
    checked = amtool("check-config", config)
    assert checked.returncode == 0, checked.stdout


def test_a_configuration_that_is_wrong_is_noticed(tmp_path: Path) -> None:
    wrong = playable(NOWHERE) | {"receivers": [{"name": "ticket"}]}
    assert amtool("check-config", written(tmp_path, wrong)).returncode != 0


@pytest.mark.parametrize("alert", ALERTS)
def test_a_page_calls_and_a_ticket_does_not(alert: str, config: Path) -> None:
    asked = [f"alertname={alert}", f"severity={ALERTS[alert]}"]
    told = amtool(
        "config", "routes", "test", f"--config.file={config}", f"--verify.receivers={ALERTS[alert]}", *asked
    )
    assert told.returncode == 0, told.stdout


def test_what_does_not_say_how_bad_it_is_calls(config: Path) -> None:
    told = amtool("config", "routes", "test", f"--config.file={config}", "alertname=Unheard")
    assert "page" in told.stdout.splitlines()


def test_mail_in_place_of_addresses_is_taken_as_the_docs_have_it(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "operations-metrics.md").read_text()
    [block] = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    receivers = yaml.safe_load(block)["receivers"]
    assert {one["name"] for one in receivers} == {one["name"] for one in CONFIG["receivers"]}
    checked = amtool("check-config", written(tmp_path, playable({}, receivers)))
    assert checked.returncode == 0, checked.stdout


def test_prometheus_tells_it() -> None:
    assert PROMETHEUS["alerting"] == {
        "alertmanagers": [{"static_configs": [{"targets": ["alertmanager:9093"]}]}]
    }


def test_each_target_says_whose_process_it_is_and_its_metrics_may_say_more() -> None:
    found = set()
    for job in PROMETHEUS["scrape_configs"]:
        assert job["honor_labels"]
        for target in job["static_configs"][0]["targets"]:
            labels = relabelled({"__address__": target}, job["relabel_configs"])
            found.add((labels["service"], labels["process"]))
    assert found == {(service, process) for service in SERVICES for process in ("web", "worker")}


def each(alert: str) -> Iterator[dict[str, str]]:
    """The alert with every set of labels that its rule is seen to give it, as Alertmanager gets it."""
    for case in (one for cases in CASES.values() for one in cases if one.alert == alert):
        for labels in case.fires:
            yield {"alertname": alert, "severity": ALERTS[alert], **labels}


def matches(matchers: list[str], labels: Labels) -> bool:
    for one in matchers:
        found = _MATCHER.fullmatch(one)
        assert found is not None, one
        name, operator, value = found.groups()
        pattern = value if operator == "=~" else re.escape(value)
        if not re.fullmatch(pattern, labels.get(name, "")):
            return False
    return True


def test_each_alert_that_is_named_is_one_and_has_the_labels_that_must_be_equal() -> None:
    everything = [labels for alert in ALERTS for labels in each(alert)]
    for rule in CONFIG["inhibit_rules"]:
        for side in ("source_matchers", "target_matchers"):
            of_names = [one for one in rule[side] if one.startswith("alertname")]
            named = {name for one in of_names for name in re.findall(r"\w+", one.partition('"')[2])}
            assert named <= ALERTS.keys(), named - ALERTS.keys()
            for labels in (one for one in everything if matches(of_names, one)):
                assert set(rule.get("equal", [])) <= labels.keys(), labels


def test_only_a_page_silences_and_what_is_about_people_is_never_silenced() -> None:
    silenced = set()
    for rule in CONFIG["inhibit_rules"]:
        sources = {name for name in ALERTS if matches(rule["source_matchers"][:1], {"alertname": name})}
        targets = {name for name in ALERTS if matches(rule["target_matchers"], {"alertname": name})}
        assert sources
        assert targets
        assert {ALERTS[name] for name in sources} == {"page"}
        assert not sources & targets
        silenced |= targets
    assert silenced & NEVER_SILENCED == set()


def silenced(alert: Labels, firing: list[dict[str, str]]) -> bool:
    """As Alertmanager decides: a rule's source fires, and both have the same in every label that must be equal."""
    return any(
        matches(rule["target_matchers"], alert)
        and matches(rule["source_matchers"], source)
        and all(alert.get(name, "") == source.get(name, "") for name in rule.get("equal", []))
        for rule in CONFIG["inhibit_rules"]
        for source in firing
    )


def of(name: str, **labels: str) -> dict[str, str]:
    return {"alertname": name, "severity": ALERTS[name], **labels}


@pytest.mark.parametrize(
    ("cause", "follows", "does_not"),
    [
        (of("ProcessDown", service="intake", process="worker"),
         [of("ConsumerLag", service="intake", topic="attune.notify"), of("TimersLate", service="intake")],
         [of("ConsumerLag", service="notify", topic="attune.intake"), of("ServiceErrors", service="intake"),
          of("GatewayLatencyFast")]),
        (of("ProcessMissing", service="sessions", process="web"),
         [of("GatewayLatencyFast"), of("GatewayLatencySlow"), of("ServiceErrors", service="sessions")],
         [of("GatewayUnavailableFast"), of("ServiceErrors", service="intake"), of("WithdrawalFailing"),
          of("TimersLate", service="sessions")]),
        (of("GatewayUnavailableFast"), [of("GatewayLatencyFast"), of("GatewayUnavailableSlow")],
         [of("SafetyAlertUnacknowledged"), of("WithdrawalSlow")]),
        (of("ConsumerStopped", service="notify"), [of("ConsumerLag", service="notify", topic="attune.intake")],
         [of("ConsumerLag", service="intake", topic="attune.notify")]),
        (of("ServiceErrors", service="intake"), [], [of("GatewayLatencyFast")]),
    ],
    ids=lambda one: one["alertname"] if isinstance(one, dict) else "",
)  # fmt: skip
def test_who_is_called_for_a_cause_is_not_called_for_what_follows(
    cause: Labels, follows: list[Labels], does_not: list[Labels]
) -> None:
    assert [one["alertname"] for one in follows if not silenced(one, [dict(cause)])] == []
    assert [one["alertname"] for one in does_not if silenced(one, [dict(cause)])] == []
    assert not silenced(cause, [dict(cause)])
