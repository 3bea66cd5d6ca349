"""`python -m tests.path.crashing relay|consume …`: one part of the path in a process of its own, to be killed."""

import sys
import threading
from uuid import UUID

from sqlalchemy import text

from shared.clock import utcnow
from shared.db.tenancy import Database
from shared.eventlog import open_log
from shared.events.base import EVENTS
from shared.path.consumer import Consumer
from shared.path.handlers import Handlers
from shared.path.outbox import Outbox
from shared.path.relay import Relay
from tests.path.stage import define_events


def main(part: str, log_url: str, database_url: str, owner: str, event_key: str) -> None:
    noted, *_ = define_events(owner)
    log = open_log(log_url)
    stop = threading.Event()
    if part == "relay":
        Relay(database_url, log, service=owner).run(stop)
        return
    assert noted.TYPE in EVENTS

    def apply(db: object, one: object) -> None:
        db.execute(  # type: ignore[attr-defined]
            text("INSERT INTO effect (key, n, kind) VALUES (:key, :n, 'Noted')"),
            {"key": UUID(str(one.event.couple_id)), "n": one.event.n},  # type: ignore[attr-defined]
        )

    key = bytes.fromhex(event_key)
    database = Database(
        database_url, pool_size=2, name="crashing", carries={"outbox": Outbox(key), "clock": utcnow}
    )
    handlers = Handlers("reader", reactions={noted: apply})
    Consumer(database, log, handlers, event_key=key, member="reader-1").run(stop)


if __name__ == "__main__":
    main(*sys.argv[1:])
