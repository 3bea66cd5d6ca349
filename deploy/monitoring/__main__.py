"""`python -m deploy.monitoring`: writes the dashboards and the list of metrics anew. Commit what it writes."""

import json
from pathlib import Path

from deploy.monitoring.dashboards.boards import BOARDS
from deploy.monitoring.dashboards.panels import board_json
from deploy.monitoring.reference import with_metrics

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "operations-metrics.md"


def made() -> dict[Path, str]:
    """Every file that is made, with what it should hold."""
    boards = {
        HERE / "grafana" / "dashboards" / f"{one.uid}.json": json.dumps(board_json(one), indent=1) + "\n"
        for one in BOARDS
    }
    return {**boards, PAGE: with_metrics(PAGE.read_text(encoding="utf-8"))}


if __name__ == "__main__":
    for path, content in made().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
