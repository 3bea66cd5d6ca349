"""What a soak stands on: a database per service with the product's plumbing and the soak's own tables."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.postgres.plumbing import plumbing_tables
from tests.postgres.server import PostgresServer
from tests.soak.checker import Books, Ledger
from tests.soak.facts import CHANGED_EVERY, FOLLOWER, NOTES, PROJECTOR, REACTOR, TIMER_EVERY, keys, practices

_OWNER = """
CREATE TABLE aggregate (key uuid PRIMARY KEY, n bigint NOT NULL DEFAULT 0) WITH (fillfactor = 50);
CREATE TABLE command (tx uuid PRIMARY KEY);
"""
# No two columns are unique together: whatever happens twice must show. `latest` is what a projection keeps, and
# its row is locked before `nr` is drawn, so the order of `nr` is the order of commits per key.
_READER = """
CREATE TABLE latest (key uuid PRIMARY KEY, n bigint NOT NULL) WITH (fillfactor = 50);
CREATE TABLE effect (nr bigserial, key uuid NOT NULL, n bigint NOT NULL, tx uuid NOT NULL);
CREATE TABLE fired (nr bigserial, key uuid NOT NULL, n bigint NOT NULL, tx uuid NOT NULL);
"""


@dataclass(frozen=True)
class Ground:
    """Where everything lies. Passed to every process of a soak."""

    urls: dict[str, str]  # by service
    log_url: str
    event_key: bytes
    folder: Path  # journals and the processes' logs
    keys: int

    def books(self) -> Books:
        ledgers = (
            Ledger(PROJECTOR, self.urls[PROJECTOR]),
            Ledger(REACTOR, self.urls[REACTOR], every=CHANGED_EVERY),
            Ledger(FOLLOWER, self.urls[FOLLOWER], every=CHANGED_EVERY),
            Ledger(f"{REACTOR}'s timers", self.urls[REACTOR], "fired", every=TIMER_EVERY, is_ordered=False),
        )
        return Books(self.folder, self.urls[NOTES], ledgers)


@contextmanager
def ground(
    server: PostgresServer,
    log_url: str,
    folder: Path,
    *,
    prefix: str,
    keys: int,
    services: Sequence[str] = (NOTES, PROJECTOR, REACTOR, FOLLOWER),
) -> Iterator[Ground]:
    """Fresh databases on `server`, dropped at the end."""
    with ExitStack() as stack:
        urls = {
            service: stack.enter_context(server.fresh_database(f"{prefix}_{service}", fill=plumbing_tables))
            for service in services
        }
        made = Ground(urls, log_url, bytes(range(32)), folder, keys)
        for service, url in urls.items():
            _furnish(made, service, url)
        yield made


def _furnish(made: Ground, service: str, url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        if service == NOTES:
            connection.execute(_OWNER.encode())
            connection.execute("INSERT INTO aggregate SELECT unnest(%s::uuid[])", (keys(made.keys),))
        else:
            connection.execute(_READER.encode())
        for practice_id in practices():
            connection.execute(
                "INSERT INTO practice (practice_id, zone, is_demo) VALUES (%s, 'UTC', false)", (practice_id,)
            )
