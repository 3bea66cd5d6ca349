"""How long a read takes at a service's own door."""

import statistics
import time

from tests.world.world import Caller


def median_ms(caller: Caller, path: str, reads: int) -> float:
    """Milliseconds of one read, the median of so many."""
    spent = []
    for _ in range(reads):
        begun = time.perf_counter()
        answer = caller.get(path)
        spent.append((time.perf_counter() - begun) * 1000)
        assert answer.status_code == 200, answer.text
    return statistics.median(spent)
