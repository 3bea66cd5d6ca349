"""The harm that is done in a soak, spread over its course: kills at points and at random, stops, outages."""

import random
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass

import psycopg

from tests.soak.cast import CAST, ROLES_AT
from tests.soak.company import Company
from tests.soak.facts import NOTES, PROJECTOR
from tests.soak.ground import Ground
from tests.soak.plan import Plan
from tests.soak.servers import Servers

_PATIENCE_S = 4.0
"""A process that does not come by its point for this long: another one of its kind is armed too."""
_LONGEST_S = 120.0
"""How much longer than planned a process stands still at most, when nobody takes over."""
Steps = Generator[None, None, None]
"""A piece of harm that takes time: `next` moves it on, until it is over."""


@dataclass
class Seen:
    """What harm was really done, beside the processes' own tally."""

    takeovers: int = 0  # another relay led while the leader stood still
    handovers: int = 0  # every partition moved on while a member stood still
    database_kills: int = 0
    log_kills: int = 0
    log_down_s: float = 0.0
    leaves: int = 0
    takeover_s: float = 0.0  # the longest that the outbox had no leader while one stood still
    handover_s: float = 0.0  # the longest until every partition had moved on


@dataclass
class Harm:
    """One kind of harm that takes time: how often it still comes, and whether it is being done."""

    do: Callable[[], Steps]
    total: int
    is_outage: bool = False
    left: int = -1
    steps: Steps | None = None

    def __post_init__(self) -> None:
        self.left = self.total

    def is_due(self, progress: float) -> bool:
        place = (self.total - self.left + (0.5 if self.is_outage else 0.0)) / self.total
        return self.left > 0 and self.steps is None and place <= progress


def due(left: int, total: int, progress: float) -> bool:
    """Whether the next of `total` is due, when they are spread evenly over the course."""
    return (total - left) / total <= progress


class Havoc:
    """Call `go_on` again and again; `is_over` when all of the plan was done."""

    def __init__(
        self, plan: Plan, company: Company, servers: Servers, ground: Ground, chance: random.Random
    ) -> None:
        self.seen = Seen()
        self._plan, self._company, self._servers, self._ground = plan, company, servers, ground
        self._chance = chance
        self._reserved: set[str] = set()
        self._armed_at: dict[str, float] = {}  # by point
        self._taken_at: dict[str, float] = {}  # by process
        self._random_kills = plan.random_kills
        self._harms = [
            Harm(self._stop_relay, plan.relay_stops),
            Harm(self._stop_reader, plan.reader_stops),
            Harm(self._leave, plan.leaves),
            Harm(self._kill_databases, plan.database_kills, is_outage=True),
            Harm(self._kill_log, plan.log_kills, is_outage=True),
        ]

    @property
    def is_over(self) -> bool:
        is_busy = any(harm.left or harm.steps for harm in self._harms)
        return not is_busy and self._random_kills == 0 and not self.points_left()

    def left(self) -> dict[str, int]:
        """What is still to be done, by name."""
        harms = {harm.do.__name__.strip("_"): harm.left + bool(harm.steps) for harm in self._harms}
        harms["kill_somebody"] = self._random_kills
        return {name: left for name, left in (harms | self.points_left()).items() if left}

    def points_left(self) -> dict[str, int]:
        """How often each fail point is still to be met."""
        met, wanted = self._company.tally.met, self._plan.kills_per_point
        return {point: wanted - met[point] for point in self._plan.points if met[point] < wanted}

    def go_on(self, progress: float) -> None:
        """Do what is due when `progress` (0 … 1) of the events are accepted."""
        if not any(harm.steps for harm in self._harms if harm.is_outage):
            self._arm(progress)
            if self._random_kills and due(self._random_kills, self._plan.random_kills, progress):
                self._kill_somebody()
        self._chance.shuffle(self._harms)
        for harm in self._harms:
            # What a stopped process misses is only seen while the servers are well: an outage comes alone.
            others = [other for other in self._harms if other.steps]
            if harm.is_due(progress) and not any(harm.is_outage or other.is_outage for other in others):
                harm.left, harm.steps = harm.left - 1, harm.do()
            if harm.steps is not None and next(harm.steps, self) is self:
                harm.steps = None

    def _arm(self, progress: float) -> None:
        """Have somebody meet their end at each point that is due; somebody else too, when it takes long."""
        company, now = self._company, time.monotonic()
        for point, left in self.points_left().items():
            is_patient = now - self._armed_at.get(point, 0.0) < _PATIENCE_S
            if is_patient or not due(left, self._plan.kills_per_point, progress):
                continue
            roles = ROLES_AT[point.partition(".")[0]]
            free = [name for name in self._able() if self._is_free(name, now) and CAST[name].role in roles]
            if free:
                name = self._chance.choice(free)
                most = 40 if point.startswith(("outbox", "transaction")) else 4
                company.arm(name, point, f"{point}:{self._chance.randint(1, most)}")
                self._armed_at[point] = self._taken_at[name] = now

    def _is_free(self, name: str, now: float) -> bool:
        """Not on its way to another point, or for so long that it won't come by it soon."""
        return name not in self._company.armed or now - self._taken_at.get(name, 0.0) > 2 * _PATIENCE_S

    def _kill_somebody(self) -> None:
        if able := self._able():
            self._company.kill(self._chance.choice(able))
            self._random_kills -= 1

    def _able(self) -> list[str]:
        """Who is there and not needed for other harm."""
        return [name for name in CAST if name not in self._reserved and self._company.is_up(name)]

    def _stop_relay(self) -> Steps:
        """The leading relay stands still with rows in hand, longer than its session lives; another leads."""
        both = [name for name, part in CAST.items() if part.role == "relay"]
        stopped = yield from self._stand_still(both, "relay.after_read")
        before, began = self._leader(), time.monotonic()
        while (leader := self._leader()) in (before, None) and time.monotonic() < began + _LONGEST_S:
            yield from _wait(0.5)
        self.seen.takeovers += leader not in (before, None)
        self.seen.takeover_s = max(self.seen.takeover_s, time.monotonic() - began)
        yield from _wait(began + self._plan.relay_stop_s - time.monotonic())
        yield from self._wake(stopped)

    def _stop_reader(self) -> Steps:
        """A member stands still with a batch in hand until its partitions have gone to the other."""
        name = self._chance.choice([n for n, part in CAST.items() if part.service == PROJECTOR])
        yield from self._stand_still([name], "consumer.after_poll")
        began = time.monotonic()
        yield from _wait(2.0)
        before = self._positions()
        while (
            not (is_moved := _all_moved(before, self._positions())) and time.monotonic() < began + _LONGEST_S
        ):
            yield from _wait(0.5)
        self.seen.handovers += is_moved
        self.seen.handover_s = max(self.seen.handover_s, time.monotonic() - began)
        yield from _wait(began + self._plan.reader_stop_s - time.monotonic())
        yield from self._wake(name)

    def _stand_still(self, names: list[str], point: str) -> Generator[None, None, str]:
        """Arm all; the first to come by its point stands still, the others are let go."""
        company = self._company
        self._reserved.update(names)
        while not (stopped := [name for name in names if company.is_standing_still(name)]):
            for name in names:
                if company.is_up(name) and company.armed.get(name) != point:
                    company.arm(name, point, f"{point}:1:stop")
            yield
        for name in names:
            if name != stopped[0]:
                company.disarm(name)
        company.tally.stopped += 1
        self._reserved.difference_update(set(names) - set(stopped[:1]))
        return stopped[0]

    def _wake(self, name: str) -> Steps:
        self._company.wake(name)
        yield from _wait(1.0)
        self._reserved.discard(name)

    def _leave(self) -> Steps:
        """A member leaves in order and joins again."""
        name = "reactor-2"
        self._reserved.add(name)
        self._company.send_away(name)
        yield from _wait(self._plan.leave_s)
        self._company.call_back(name)
        self.seen.leaves += 1
        yield from _wait(1.0)
        self._reserved.discard(name)

    def _kill_databases(self) -> Steps:
        self._servers.databases.kill()
        yield
        self._servers.databases.start()
        self.seen.database_kills += 1
        yield from _wait(1.0)

    def _kill_log(self) -> Steps:
        """Killed and started again at once; the last time it stays away."""
        is_last = self.seen.log_kills + 1 == self._plan.log_kills
        down_s = self._plan.log_down_s if is_last else 0.0
        self._servers.log.kill()
        yield from _wait(down_s)
        self._servers.log.start()
        self.seen.log_kills += 1
        self.seen.log_down_s += down_s
        yield from _wait(1.0)

    def _leader(self) -> int | None:
        """The server's pid of the relay's session that holds the leader's lock."""
        with psycopg.connect(self._ground.urls[NOTES], autocommit=True) as connection:
            row = connection.execute(
                "SELECT l.pid FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                " WHERE l.locktype = 'advisory' AND l.granted AND a.datname = current_database()"
                " AND a.application_name = 'relay'"
            ).fetchone()
        return row[0] if row else None

    def _positions(self) -> dict[int, int]:
        with psycopg.connect(self._ground.urls[PROJECTOR], autocommit=True) as connection:
            return dict(connection.execute("SELECT partition, next_offset FROM log_position").fetchall())


def _all_moved(before: dict[int, int], after: dict[int, int]) -> bool:
    return bool(before) and all(after[at] > offset for at, offset in before.items())


def _wait(seconds: float) -> Steps:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
