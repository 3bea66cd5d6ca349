"""Every rule of docs/rules.md is a marker, and at least one test carries it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RULES = re.findall(r"^## ([A-Z]\d) ", (ROOT / "docs" / "rules.md").read_text(), re.MULTILINE)


def test_the_page_names_the_rules() -> None:
    assert RULES == ["B1", "C1", "C2", "P1", "P2", "P3", "P4", "D1", "D2", "A1"]


OPEN = {"A1"}  # not held yet, as the page says


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in OPEN])
def test_every_rule_has_a_test(rule: str) -> None:
    carrying = [
        path.name for path in (ROOT / "tests").rglob("test_*.py") if f"pytest.mark.{rule}" in path.read_text()
    ]
    assert carrying, f"no test carries pytest.mark.{rule}"
