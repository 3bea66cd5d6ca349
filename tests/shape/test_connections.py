"""All connections to PostgreSQL together are fewer than it takes, and every place that opens one is counted."""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from deploy.local.postgres import MAX_CONNECTIONS, SETTINGS
from shared.path import worker
from shared.settings import SERVICES
from shared.web import service as web

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "architecture.md"
RESERVED = 3  # superuser_reserved_connections, PostgreSQL's default

POOLS = {
    "shared/web/service.py": web._POOL,
    "shared/web/operators/reach.py": 1,  # while an operator looks at a page, one at a time
    "shared/path/worker.py": worker._POOL,
}
"""A pool that each service has, for as long as it runs."""

RELAY = {"shared/path/relay.py": 2}
EMBEDDED_LOG = {
    "shared/eventlog/postgres/consumer.py": 1,
    "shared/eventlog/postgres/heartbeat.py": 1,
    "shared/eventlog/postgres/producer.py": 1,
    # identity, topics, trimming: each brief, and one thread does them one after the other
    "shared/eventlog/postgres/log.py": 3,
}
AT_ONCE = {"shared/eventlog/postgres/log.py": 1}
"""Where a file opens more than it holds at the same time."""

OPERATOR = {"deploy/local/events/access.py": len(SERVICES), "shared/eventlog/postgres/peek.py": 1}
"""One command of an operator's: a pool of 1 for each service it looks into, and the log."""

NOT_BESIDE = {
    "deploy/installation/awaiting.py": "before its process starts, one at a time",
    "deploy/local/vault/door.py": "before its process opens its pool",
    "deploy/local/databases.py": "set-up, before any service runs",
    "deploy/local/backup/moment.py": "an operator's command, in place of the one counted: a session for each database",
    "deploy/local/backup/saving.py": "before and after the backup's own sessions, one at a time",
    "deploy/local/backup/postgres_programs.py": "before the backup's own sessions; pg_dump's is the superuser's, whose"
    " reserve is not counted here",
    "deploy/local/backup/restoring.py": "before any service runs",
    "deploy/local/backup/beside.py": "before any service runs",
    "deploy/local/backup/settling.py": "before any service runs",
    "deploy/local/doctor/checks/databases.py": "one at a time, before the command opens its pools",
    "deploy/local/doctor/checks/roles.py": "one at a time, before the command opens its pools",
    "deploy/local/doctor/checks/clock.py": "in place of the log's, which is closed by then",
    "deploy/local/drained.py": "set-up, before any service runs",
    "shared/eventlog/postgres/schema.py": "set-up, before any service runs",
    "shared/eventlog/postgres/connection.py": "the function that the places of the embedded log call",
}


def per_service() -> int:
    """The connections that one service's web and worker process may hold together."""
    log = sum(AT_ONCE.get(file, count) for file, count in EMBEDDED_LOG.items())
    return sum(POOLS.values()) + sum(RELAY.values()) + log


def together() -> int:
    return len(SERVICES) * per_service() + sum(OPERATOR.values())


def opened(source: str) -> int:
    """How many calls of a module open a connection or a pool."""
    return sum(_opens(node) for node in ast.walk(ast.parse(source)))


def _opens(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    match node.func:
        case ast.Name(id="Database" | "connect"):
            return True
        case ast.Attribute(value=ast.Name(id="psycopg"), attr="connect"):
            return True
    return False


def places() -> Mapping[str, int]:
    """Every file of the product that opens connections, and in how many places."""
    return Counter({name: count for name, source in _sources() if (count := opened(source))})


def _sources() -> Iterator[tuple[str, str]]:
    for folder in ("services", "shared", "deploy"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def test_all_together_are_fewer_than_postgresql_takes() -> None:
    assert SETTINGS["max_connections"] == str(MAX_CONNECTIONS)
    assert together() <= MAX_CONNECTIONS - RESERVED


def test_every_place_that_opens_one_is_counted() -> None:
    """Who opens another connection counts it here, or says why it adds nothing."""
    found = dict(places())
    counted = {**RELAY, **EMBEDDED_LOG, **dict.fromkeys(POOLS, 1), **dict.fromkeys(OPERATOR, 1)}
    assert {name: count for name, count in found.items() if name not in NOT_BESIDE} == counted
    assert set(NOT_BESIDE) <= set(found)


def test_the_page_says_the_same() -> None:
    page = PAGE.read_text(encoding="utf-8")
    said = [int(number) for number in re.findall(r"^\|.*\| \**(\d+)(?: of \d+)?\** \|$", page, re.MULTILINE)]
    relay, log = sum(RELAY.values()), per_service() - sum(POOLS.values()) - sum(RELAY.values())
    five = len(SERVICES) * per_service()
    assert said == [*POOLS.values(), relay, log, five, sum(OPERATOR.values()), together()]
    assert f"{together()} of {MAX_CONNECTIONS - RESERVED}" in page


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("psycopg.connect(url)", 1),
        ("with plainly(), connect(self._url, 'x') as one: pass", 1),
        ("Database(url, pool_size=1)\nDatabase(url, pool_size=2)", 2),
        ("sqlite.connect(url)\nconnection.cursor()", 0),
    ],
)
def test_a_place_is_found(source: str, count: int) -> None:
    assert opened(source) == count


def test_one_more_in_each_pool_would_be_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault."""
    monkeypatch.setitem(POOLS, "shared/web/service.py", web._POOL + 1)
    assert together() > MAX_CONNECTIONS - RESERVED
