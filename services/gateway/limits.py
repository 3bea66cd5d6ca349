"""Token buckets per practice and address: how often somebody may try to sign in or send an enquiry."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime

from shared.clock import Clock
from shared.errors import TooManyRequests

_MOST_BUCKETS = 10_000


@dataclass(frozen=True)
class Allowance:
    """`burst` at once, then one every `every_s` seconds. TooManyRequests says to come back in 5 s."""

    burst: int
    every_s: float


ALLOWANCES = {"sign_in": Allowance(60, 1.0), "enquiry": Allowance(20, 5.0)}
"""Wide enough for a clinic behind one address; tokens are 256 bits, so guessing is not what this is against."""


class Limits:
    """The buckets of one process, in memory: a restart fills them, and each further process has its own."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[Hashable, tuple[float, datetime]] = OrderedDict()

    def take(self, what: str, *of: Hashable) -> None:
        """Take one token of `what` for a practice and address. Raises TooManyRequests when there is none."""
        allowance, key, now = ALLOWANCES[what], (what, *of), self._clock()
        with self._lock:
            left, at = self._buckets.pop(key, (float(allowance.burst), now))
            refilled = left + max(0.0, (now - at).total_seconds()) / allowance.every_s
            left = min(float(allowance.burst), refilled)
            self._buckets[key] = (left - 1 if left >= 1 else left, now)
            # The longest unused goes first: it is the fullest.
            while len(self._buckets) > _MOST_BUCKETS:
                self._buckets.popitem(last=False)
        if left < 1:
            raise TooManyRequests
