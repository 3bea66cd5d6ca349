"""A private read whole, at the service's own door: with everything, and with one thing after another left out.

4 KiB of one's own journal, by id. `limit`: neither vault nor audit; `unaudited`, `unwalled`: all but that.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from shared.db.tenancy import Database
from shared.path.carried import carried
from shared.vault import Ciphertext, Place
from tests.bench.asking import median_ms
from tests.folders import open_folder
from tests.integration.story import ENTRY, Couple, a_couple
from tests.postgres.server import PostgresServer
from tests.world.world import World, build

READS = int(os.environ.get("ATTUNE_BENCH_READS", "200"))
SERVICE = "integration"


class NoVault:
    """Keeps words as they are."""

    def seal(self, _db: Any, words: str, _place: Place, _data_class: str) -> Ciphertext:
        return Ciphertext(words.encode())

    def open(self, _db: Any, sealed: bytes, _place: Place, _data_class: str) -> str:
        return sealed.decode()

    def is_newest(self, *_: Any) -> bool:
        return True


def private_read(rounds: int) -> Mapping[str, list[float]]:
    """Milliseconds of a read (the median of READS), for each round and variant."""
    found: dict[str, list[float]] = {}
    with open_folder() as folder:
        server = PostgresServer(folder / "postgres")
        server.start()
        try:
            world = build(server.admin_url)
            couple = a_couple(world)
            variants = _variants(world, server)
            entries = {name: _written(couple, variant) for name, variant in variants.items()}
            for _ in range(rounds):
                for name, variant in variants.items():
                    with variant():
                        found.setdefault(name, []).append(
                            median_ms(couple.ana, f"/me/journal/{entries[name]}", READS)
                        )
        finally:
            server.stop()
    return found


Variant = Callable[[], Any]


def _variants(world: World, server: PostgresServer) -> dict[str, Variant]:
    side = world.sides[SERVICE]
    settings, extensions = side.settings, side.app.extensions
    usual = extensions["attune_database"]
    plain = carried(event_key=settings.event_key, vault=NoVault())  # type: ignore[arg-type]
    unsealed = Database(settings.database_url, pool_size=1, name="plain", carries=plain)
    past_the_walls = Database(
        server.url_of(f"attune_{SERVICE}"), pool_size=1, name="unwalled", carries=usual._carries
    )

    @contextmanager
    def with_(database: Database, *, audit: bool = True) -> Iterator[None]:
        with ExitStack() as stack:
            stack.enter_context(mock.patch.dict(extensions, attune_database=database))
            if not audit:
                stack.enter_context(mock.patch("shared.web.context.begin", return_value=None))
            yield

    return {
        "": lambda: with_(usual),
        "_limit": lambda: with_(unsealed, audit=False),
        "_unaudited": lambda: with_(usual, audit=False),
        "_unwalled": lambda: with_(past_the_walls),
    }


def _written(couple: Couple, variant: Variant) -> str:
    with variant():
        made = couple.ana.post("/me/journal", {**ENTRY, "text": "a" * 4096})
        assert made.status_code == 201, made.text
        return str(made.json["entry_id"])
