"""No statement of the product goes out in psycopg's pipeline mode."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_CALL = re.compile(r"\.(pipeline|send_flush_request)\(")


def test_nobody_uses_pipeline_mode() -> None:
    """psycopg ends a pipeline with a Flush behind its Sync, and that disarms the server's time-outs for idle sessions
    (PostgreSQL 15 and 18): a process that is stopped there would keep its locks for good. Send several statements in
    one message by `psycopg.ClientCursor`, or make one of them.
    """
    found = [str(path) for path in _sources() if _CALL.search(path.read_text())]
    assert found == []


def _sources() -> list[Path]:
    return [path for folder in ("shared", "services", "deploy") for path in (ROOT / folder).rglob("*.py")]
