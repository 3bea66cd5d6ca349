"""How many of something long are made at the same time in one process, one of each person at most."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock

from shared.errors import TooManyRequests


class AtOnce:
    """`most` are made at once and `queue` more wait for their turn, `wait_s` at most; whoever comes then is refused.

    `most` is more than one person can take, and more than a couple can: that somebody else makes one shows in no
    answer, but as slowness when many do. The queue is short, since each who waits holds one of the process's threads.
    """

    def __init__(self, *, most: int, queue: int, wait_s: float) -> None:
        self.wait_s = wait_s
        self._turns = BoundedSemaphore(most)
        self._places = BoundedSemaphore(most + queue)
        self._lock = Lock()
        self._whose: set[Hashable] = set()

    @contextmanager
    def one_of(self, whose: Hashable) -> Iterator[None]:
        """Make one. Raises TooManyRequests while the same person's last is being made, or when no turn comes."""
        with self._lock:
            if whose in self._whose:
                raise TooManyRequests
            self._whose.add(whose)
        try:
            with self._turn():
                yield
        finally:
            with self._lock:
                self._whose.discard(whose)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise TooManyRequests
        try:
            if not self._turns.acquire(timeout=self.wait_s):
                raise TooManyRequests
            try:
                yield
            finally:
                self._turns.release()
        finally:
            self._places.release()
