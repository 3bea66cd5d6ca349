"""Parts at work in processes of their own, as in production: owner and reader are two services, the writer a third."""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.bench.material import Ground

Part = Callable[[Ground, Any], None]
"""`part(ground, stop)`: works until `stop` (an event) is set. It runs after a fork and opens its own connections."""


@contextmanager
def at_work(ground: Ground, *parts: Part) -> Iterator[None]:
    """From when they run until the end of the block."""
    forking = multiprocessing.get_context("fork")
    stop = forking.Event()
    processes = [forking.Process(target=_run, args=(part, ground, stop), daemon=True) for part in parts]
    for process in processes:
        process.start()
    try:
        yield
    finally:
        stop.set()
        for process in processes:
            process.join(15)
            process.kill()


def _run(part: Part, ground: Ground, stop: Any) -> None:
    for database in (ground.on.owner_db, ground.on.reader_db):
        database.engine.dispose(close=False)  # the parent's connections stay the parent's
    part(ground, stop)
