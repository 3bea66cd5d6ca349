"""Token buckets per practice and address, device or key: how often one may try, send an enquiry or use the API."""

import math
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


ALLOWANCES = {
    "sign_in": Allowance(60, 1.0),
    "enquiry": Allowance(20, 5.0),
    "times": Allowance(120, 0.5),
    "operator_sign_in": Allowance(10, 6.0),
    "api_key": Allowance(60, 1.0),
    "own_copy": Allowance(6, 60.0),
}
"""Wide enough for a clinic behind one address; tokens are 256 bits, so guessing is not what this is against.

A copy of one's own is counted per person, each that was made: it asks the services for all there is.
"""


@dataclass(frozen=True)
class Left:
    """What is left of an allowance after one was asked for: whole tokens, and seconds until there is one, until all."""

    is_refused: bool
    remaining: int
    next_in_s: int
    full_in_s: int


class Limits:
    """The buckets of one process, in memory: a restart fills them, and each further process has its own."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[Hashable, tuple[float, datetime]] = OrderedDict()

    def take(self, what: str, *of: Hashable) -> None:
        """Take one token of `what` for a practice and address or device. Raises TooManyRequests when there is none."""
        if self.spend(what, *of).is_refused:
            raise TooManyRequests

    def give_back(self, what: str, *of: Hashable) -> None:
        """The token that was taken last: what it was for came to nothing."""
        with self._lock:
            if (bucket := self._buckets.get((what, *of))) is not None:
                self._buckets[(what, *of)] = (min(float(ALLOWANCES[what].burst), bucket[0] + 1), bucket[1])

    def spend(self, what: str, *of: Hashable) -> Left:
        """The same, telling what is left."""
        allowance, key, now = ALLOWANCES[what], (what, *of), self._clock()
        with self._lock:
            left, at = self._buckets.pop(key, (float(allowance.burst), now))
            refilled = left + max(0.0, (now - at).total_seconds()) / allowance.every_s
            left = min(float(allowance.burst), refilled)
            is_refused = left < 1
            left = left if is_refused else left - 1
            self._buckets[key] = (left, now)
            # The longest unused goes first: it is the fullest.
            while len(self._buckets) > _MOST_BUCKETS:
                self._buckets.popitem(last=False)
        return Left(
            is_refused=is_refused,
            remaining=int(left),
            next_in_s=max(1, math.ceil((1 - left) * allowance.every_s)) if left < 1 else 0,
            full_in_s=math.ceil((allowance.burst - left) * allowance.every_s),
        )
