"""Do this machine's clock and the database's say the same, and does no other machine live in the future?"""

import time
from collections.abc import Iterator
from datetime import timedelta

import psycopg

from deploy.local.doctor.finding import Finding, fail, ok, warn
from deploy.local.doctor.place import Place

BAD = timedelta(seconds=5)
"""Gates ask for facts of the last 60 s and notices for those of the last 30: a clock that is off eats into that."""
ODD = timedelta(seconds=1)
_NEWEST_TICK = "SELECT max(ticked_at) FROM log_position"
_DO = "let every machine take its time from NTP (chrony or systemd-timesyncd), then look again"


def check_clock(place: Place) -> Iterator[Finding]:
    for service in place.access.services:
        try:
            with psycopg.connect(place.access.worker_urls[service], connect_timeout=5) as connection:
                began = time.monotonic()
                here = place.clock()
                row = connection.execute("SELECT clock_timestamp()").fetchone()
                taken = timedelta(seconds=time.monotonic() - began)
                newest = connection.execute(_NEWEST_TICK).fetchone()
        except psycopg.Error:
            continue
        assert row is not None
        off = row[0] - (here + taken / 2)
        size = max(timedelta(), abs(off) - taken / 2)
        if newest and newest[0] and newest[0] - place.clock() > BAD:
            yield fail(
                "clock", "a worker on another machine lives in the future by this machine's clock", _DO
            )
            return
        said = f"this machine's clock and the database's differ by {size.total_seconds():.1f} s"
        if size > BAD:
            yield fail("clock", said, _DO)
        elif size > ODD:
            yield warn("clock", said, _DO)
        else:
            yield ok("clock", said)
        return  # all on one server, or each beside the other: one is enough
