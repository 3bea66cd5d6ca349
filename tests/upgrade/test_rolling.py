"""An upgrade and its way back, on one machine, under load: no request fails, no event is lost or applied twice.

First the schema, while the old processes work on. Then each process is replaced, one after the other: for a while both
generations run side by side on the new schema. Then back again, without touching the schema.
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator

import httpx
import psycopg
import pytest

from deploy.local.databases import database_of, inside
from deploy.local.postgres import EmbeddedPostgres
from shared.settings import SERVICES
from tests.folders import open_folder
from tests.journey.platform import Platform, finished
from tests.upgrade.expanding import expand, expanded_columns
from tests.upgrade.load import Load

# Readers before writers: who does not know an event yet would put it aside (docs/event-path.md, 5).
ORDER = [f"{service}-{kind}" for kind in ("worker", "web") for service in SERVICES]


@pytest.fixture
def platform() -> Iterator[Platform]:
    with open_folder() as folder:
        made = Platform(folder)
        made.start()
        yield made
        if made.process is not None and made.process.poll() is None:
            made.stop()


def url_of(platform: Platform, service: str) -> str:
    admin = EmbeddedPostgres(platform.folder / "data" / "postgres").admin_url
    return inside(admin, database_of(service))


def await_demo(platform: Platform) -> None:
    """Ready comes before the demo practice does."""
    deadline = time.monotonic() + 120
    while not httpx.get(f"{platform.url}/api/v1/p/oak/consultation-times", timeout=30).is_success:
        assert time.monotonic() < deadline, "the demo practice does not come"
        time.sleep(0.2)


def replace_each(platform: Platform) -> int:
    """As a new version would come: one process after the other ends gracefully, the next begins in its place."""
    count = 0
    for name in ORDER:
        old = platform.pid_of(name)
        os.kill(old, signal.SIGTERM)
        deadline = time.monotonic() + 60
        while platform.pid_of(name) == old:
            assert time.monotonic() < deadline, f"{name} is not replaced"
            time.sleep(0.05)
        count += 1
    return count


@pytest.mark.D1
@pytest.mark.timeout(600)
def test_an_upgrade_and_a_rollback_fail_no_request_and_lose_no_event(platform: Platform) -> None:
    await_demo(platform)
    journey = platform.journey()
    with Load(platform.url) as load:
        tables = {service: expand(url_of(platform, service)) for service in SERVICES}
        assert replace_each(platform) == len(ORDER)  # the upgrade
        assert replace_each(platform) == len(ORDER)  # and back
        finished(journey)
    assert load.failed == []
    assert load.looks > 20
    assert len(load.accepted) > 2
    for service, count in tables.items():
        assert len(expanded_columns(url_of(platform, service))) == count
        assert put_aside(platform, service) == 0
    for reader in ("sessions", "notify"):
        known = applied(platform, reader, load)
        assert known == Counter(dict.fromkeys(load.accepted, 1)), reader


def put_aside(platform: Platform, service: str) -> int:
    with psycopg.connect(url_of(platform, service), autocommit=True) as connection:
        row = connection.execute("SELECT count(*) FROM dead_letter").fetchone()
        assert row is not None
        return int(row[0])


def applied(platform: Platform, reader: str, load: Load) -> Counter[str]:
    """How often each accepted enquiry's event was applied by a reader: its inbox is waited for."""
    deadline = time.monotonic() + 30
    statement = {
        "sessions": "SELECT enquiry_id FROM enquiry",
        "notify": "SELECT enquiry_id FROM contact_point WHERE enquiry_id IS NOT NULL",
    }[reader]
    while True:
        with psycopg.connect(url_of(platform, reader), autocommit=True) as connection:
            found = Counter(str(row[0]) for row in connection.execute(statement))
        known = Counter({one: found[one] for one in load.accepted if found[one]})
        if len(known) == len(load.accepted) or time.monotonic() > deadline:
            return known
        time.sleep(0.2)
