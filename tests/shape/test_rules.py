"""Every rule of docs/rules.md is a marker, and at least one test carries it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECTIONS = re.split(r"^## (?=[A-Z]\d )", (ROOT / "docs" / "rules.md").read_text(), flags=re.MULTILINE)[1:]
RULES = [section[:2] for section in SECTIONS]
OPEN = {section[:2] for section in SECTIONS if "*Open*: " in section}


def test_the_page_names_the_rules() -> None:
    assert RULES == ["B1", "C1", "C2", "P1", "P2", "P3", "P4", "D1", "D2", "A1"]


def test_markers_and_the_page_name_the_same_rules(pytestconfig: pytest.Config) -> None:
    markers = {line.partition(":")[0] for line in pytestconfig.getini("markers")}
    assert {name for name in markers if re.fullmatch(r"[A-Z]\d", name)} == set(RULES)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in OPEN])
def test_every_rule_has_a_test(rule: str) -> None:
    carrying = [
        path.name for path in (ROOT / "tests").rglob("test_*.py") if f"pytest.mark.{rule}" in path.read_text()
    ]
    assert carrying, f"no test carries pytest.mark.{rule}"
