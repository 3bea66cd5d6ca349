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
REACTIONS = max(500, EVENTS // 10)
BACKLOG = 100_000
KEYS = [UUID(int=random.Random(n).getrandbits(128)) for n in range(500)]

TABLES = """
CREATE TABLE latest (key uuid PRIMARY KEY, n bigint);
CREATE TABLE aggregate (id uuid PRIMARY KEY, n bigint NOT NULL, version bigint NOT NULL);
CREATE TABLE position_by_hand (topic text, partition int, next_offset bigint, PRIMARY KEY (topic, partition));
"""


class Ground:
    """A stage with events on it."""

    def __init__(self, on: Stage) -> None:
        self.on = on
        self.topic = topic_of(on.owner)
        with psycopg.connect(on.reader_url, autocommit=True) as connection:
            connection.execute(TABLES)
            with connection.cursor() as cursor:
                cursor.executemany("INSERT INTO aggregate VALUES (%s, 0, 0)", [(key,) for key in KEYS])

    @property
    def bootstrap(self) -> str:
        return self.on.log_url.removeprefix("kafka://")

    @property
    def is_kafka(self) -> bool:
        return self.on.log_url.startswith("kafka://")

    def fill_outbox(self, events: int = EVENTS) -> None:
        """Rows copied from real ones, one a key."""
        self.on.record(*(self.on.noted(couple_id=key, n=1) for key in KEYS))  # type: ignore[call-arg]
        with psycopg.connect(self.on.owner_url, autocommit=True) as connection:
            connection.execute(
                "INSERT INTO outbox (event_id, practice_id, topic, partition, key, type, headers, payload,"
                " occurred_at) SELECT gen_random_uuid(), practice_id, topic, partition, key, type, headers,"
                " payload, occurred_at FROM outbox CROSS JOIN generate_series(2, %s)",
                (events // len(KEYS),),
            )
            connection.execute("ANALYZE outbox")

    def fill_topic(self, events: int = EVENTS) -> None:
        """Records, each with an id and a signature of its own; n counts up over all keys."""
        producer = self.on.log.producer()
        for start in range(0, events, 2000):
            portion = [self._record(KEYS[n % len(KEYS)], n) for n in range(start, min(events, start + 2000))]
            assert set(producer.append(portion)) == {None}
        producer.close()

    def check_projected(self, events: int = EVENTS) -> None:
        """Every event once in the inbox, and of each key the last."""
        assert self.on.read("SELECT count(*) FROM inbox") == [(events,)]
        assert self.on.read("SELECT min(n), max(n) FROM latest") == [(events - len(KEYS), events - 1)]

    def check_reacted(self) -> None:
        """Every reaction changed its aggregate and told of it."""
        assert self.on.read("SELECT sum(version), (SELECT count(*) FROM outbox) FROM aggregate") == [
            (REACTIONS, REACTIONS)
        ]

    def _record(self, key: UUID, n: int) -> Outgoing:
        on, order_key = self.on, str(key)
        payload, partition = encode(on.noted(couple_id=key, n=n)), partition_of(order_key.encode())  # type: ignore[call-arg]
        made = headers(
            on.event_key,
            envelope=Envelope(new_id(), on.noted.TYPE, on.practice_id, utcnow(), None),
            source=f"/{on.owner}",
            topic=self.topic,
            partition=partition,
            order_key=order_key,
            payload=payload,
        )
        raw = tuple((name, value.encode()) for name, value in made.items())
        return Outgoing(self.topic, partition, order_key.encode(), payload, raw)
