"""When all has come to rest: nothing waits to be sent, applied or done, so that the checker may judge."""

import time

import psycopg

from shared.settings import SERVICES
from tests.chaos.stack import Stack

_WAITS = (
    "SELECT (SELECT count(*) FROM outbox WHERE type <> 'attune.plumbing.tick.v1')"
    " + (SELECT count(*) FROM timer WHERE fire_at < now() + interval '5 seconds')"
)
_MAIL = "SELECT count(*) FROM delivery WHERE state = 'sending'"
_QUIET_S = 6.0
"""Nothing may wait for this long: a fact is on its way between services for less, and ticks come each 5 s."""


def come_to_rest(on: Stack, patience_s: float) -> float:
    """Wait until nothing waits any more, or for `patience_s`; the seconds it took."""
    began = quiet_since = time.monotonic()
    while (now := time.monotonic()) - began < patience_s:
        if _count(on) > 0:
            quiet_since = time.monotonic()
        elif now - quiet_since > _QUIET_S:
            break
        time.sleep(0.5)
    return time.monotonic() - began


def _count(on: Stack) -> int:
    waiting = 0
    try:
        for service in SERVICES:
            with on.connect(service) as database:
                queries = [_WAITS, _MAIL] if service == "notify" else [_WAITS]
                for query in queries:
                    ((count,),) = database.execute(query.encode()).fetchall()
                    waiting += count
    except psycopg.OperationalError:
        return 1
    return waiting
