"""Who may import whom, as pyproject.toml says: services apart, shared below them, rules pure."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LINTER = Path(sys.executable).with_name("lint-imports")


def test_every_import_contract_is_kept() -> None:
    told = subprocess.run([LINTER], cwd=ROOT, capture_output=True, text=True, timeout=110)
    assert told.returncode == 0, told.stdout + told.stderr
