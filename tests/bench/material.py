"""What both sides work on: a full outbox, or a full topic, of rightly signed events of about 320 bytes."""

import os
import random
from uuid import UUID

import psycopg

from shared.clock import utcnow
from shared.eventlog.interface import Outgoing, partition_of
from shared.events import encode, topic_of
from shared.events.envelope import Envelope, headers
from shared.ids import new_id
from tests.path.stage import Stage

EVENTS = int(os.environ.get("ATTUNE_BENCH_EVENTS", "20000"))
KEYS = [UUID(int=random.Random(n).getrandbits(128)) for n in range(500)]

PROJECTION = (
    "CREATE TABLE latest (key uuid PRIMARY KEY, n bigint);"
    " CREATE TABLE by_hand (topic text, partition int, next_offset bigint, PRIMARY KEY (topic, partition))"
)


class Ground:
    """A stage with EVENTS events on it."""

    def __init__(self, on: Stage) -> None:
        self.on = on

    def fill_outbox(self) -> None:
        """EVENTS rows, copied from a thousand real ones."""
        self.on.record(*(self.on.noted(couple_id=key, n=1) for key in KEYS))  # type: ignore[call-arg]
        with psycopg.connect(self.on.owner_url, autocommit=True) as connection:
            connection.execute(
                "INSERT INTO outbox (event_id, practice_id, topic, partition, key, type, headers, payload,"
                " occurred_at) SELECT gen_random_uuid(), practice_id, topic, partition, key, type, headers,"
                " payload, occurred_at FROM outbox CROSS JOIN generate_series(2, %s)",
                (EVENTS // len(KEYS),),
            )
            connection.execute("ANALYZE outbox")

    def fill_topic(self) -> None:
        """EVENTS records, each with an id and a signature of its own."""
        producer = self.on.log.producer()
        records = [self._record(KEYS[n % len(KEYS)], n) for n in range(EVENTS)]
        for start in range(0, EVENTS, 2000):
            assert set(producer.append(records[start : start + 2000])) == {None}
        producer.close()
        with psycopg.connect(self.on.reader_url, autocommit=True) as connection:
            connection.execute(PROJECTION)

    def _record(self, key: UUID, n: int) -> Outgoing:
        on, order_key = self.on, str(key)
        payload, partition = encode(on.noted(couple_id=key, n=n)), partition_of(order_key.encode())  # type: ignore[call-arg]
        made = headers(
            on.event_key,
            envelope=Envelope(new_id(), on.noted.TYPE, on.practice_id, utcnow(), None),
            source=f"/{on.owner}",
            topic=topic_of(on.owner),
            partition=partition,
            order_key=order_key,
            payload=payload,
        )
        raw = tuple((name, value.encode()) for name, value in made.items())
        return Outgoing(topic_of(on.owner), partition, order_key.encode(), payload, raw)
