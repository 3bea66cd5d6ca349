"""A log is chosen by its URL, and costs nothing before it is used."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from shared.eventlog import open_log

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("url", ["amqp://localhost", "localhost:9092", "", "kafka:localhost"])
def test_an_unknown_scheme_is_refused_with_the_known_ones(url: str):
    with pytest.raises(ValueError, match=r"kafka:// or postgresql://"):
        open_log(url)


def test_a_platform_on_postgresql_never_loads_kafka_python():
    program = (
        "import sys; from shared.eventlog import open_log; log = open_log('postgresql://x/y'); "
        "log.producer(); log.consumer('g', ['t'], member='1', on_assigned=print, on_revoked=print); "
        "print([name for name in sys.modules if name == 'kafka' or name.startswith('kafka.')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_opening_a_log_starts_no_thread_and_opens_no_connection_so_that_one_may_fork():
    program = (
        "import threading; from shared.eventlog import open_log; log = open_log('kafka://127.0.0.1:1'); "
        "log.producer(); log.consumer('g', ['t'], member='1', on_assigned=print, on_revoked=print); "
        "print(threading.active_count())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_nothing_but_its_adapter_imports_kafka_python():
    importers = {
        path.relative_to(ROOT).parent.as_posix()
        for folder in ("shared", "services", "deploy")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in _imported(node)
        if name.split(".")[0] == "kafka"
    }
    assert importers == {"shared/eventlog/kafka"}


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return []
