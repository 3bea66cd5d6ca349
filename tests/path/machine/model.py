"""What must be so: per key the facts that were accepted, and what follows for every reader and for every tick."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from shared.db.tenancy import Scope
from shared.path.freshness import known_until
from tests.path.machine.place import Place

_COUNTED = {
    "applied": "SELECT count(*) FROM effect",
    "failed, then replayed": "SELECT count(*) FROM dead_letter WHERE reason = 'failed'",
    "parked, then replayed": "SELECT count(*) FROM dead_letter WHERE reason = 'parked'",
}
_SENT_TWICE = """
    SELECT count(*) - count(DISTINCT header ->> 1)
    FROM log_record, json_array_elements(headers) AS header WHERE header ->> 0 = 'ce_id'
"""


class Lost(AssertionError):
    """An accepted event has no effect where everything is at rest."""


class Doubled(AssertionError):
    """An event has two effects."""


class Reordered(AssertionError):
    """An effect came before that of an earlier event of its key."""


class Invented(AssertionError):
    """An effect of something that was never accepted."""


class VouchedFalsely(AssertionError):
    """A reader says that it knows everything up to a moment, and does not."""


class LeftOver(AssertionError):
    """Something still waits where everything is at rest."""


class Model:
    """Accepted is what lies in the owner's own table of facts: written in the command's transaction, under a lock."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self.accepted: dict[UUID, list[int]] = {key: [] for key in place.keys}
        self.known_at: dict[int, datetime] = {}  # committed before this moment
        self.ticked = False
        self.has_failed = False
        self._changed: set[str] = set()

    def learn(self, certainly: Sequence[tuple[UUID, int, bool]] = ()) -> None:
        """See what was committed. What a command was told is committed must be among it."""
        rows = self._place.ask("owner", "SELECT key, n FROM fact ORDER BY nr")
        for key in self.accepted:
            self.accepted[key] = [n for k, n in rows if k == key]
        for _, n in rows:
            self.known_at.setdefault(n, self._place.clock())
        assert {n for _, n, _ in certainly} <= self.known_at.keys()

    def look_at(self, reader: str) -> None:
        self._changed.add(reader)

    def check(self) -> None:
        """Hold the readers that did something against what was accepted."""
        changed, self._changed = self._changed, set()
        try:
            for reader in changed:
                self._check_effects(reader)
                if self.ticked:
                    self._check_ticks(reader)
        except AssertionError:
            self.has_failed = True
            raise

    def check_at_rest(self, last_tick: datetime) -> None:
        """Nothing waits anywhere, and each reader has every fact."""
        self.check()
        for reader in self._place.reader_urls:
            effects = self._effects(reader)
            for key, numbers in self.accepted.items():
                if effects.get(key, []) != numbers:
                    raise Lost(f"{reader}: {effects.get(key, [])} of {numbers}; {self._whereabouts(reader)}")
            if waiting := self._place.ask(reader, "SELECT reason FROM dead_letter WHERE replayed_at IS NULL"):
                raise LeftOver(f"{reader}: {waiting}")
            with self._place.databases[reader].transaction(Scope()) as db:
                if known_until(db, self._place.owner) != last_tick:
                    raise LeftOver(f"{reader} has not applied the last tick")
        for table in ("outbox", "timer"):
            if left := self._place.ask("owner", f"SELECT count(*) FROM {table}")[0][0]:
                raise LeftOver(f"{left} rows in {table}")

    def what_happened(self) -> dict[str, int]:
        """What this example came by, so that a run can show that it is no idle one."""
        counted = {"accepted": sum(len(numbers) for numbers in self.accepted.values())}
        for reader in self._place.reader_urls:
            for name, sql in _COUNTED.items():
                counted[name] = counted.get(name, 0) + self._place.ask(reader, sql)[0][0]
        counted["sent twice"] = self._place.ask("log", _SENT_TWICE)[0][0]
        return counted

    def _whereabouts(self, reader: str) -> str:
        """Where what is missing may be, for whoever reads the failure."""
        asked = {
            "outbox": ("owner", "SELECT id, partition FROM outbox"),
            "log": ("log", "SELECT partition, next_offset FROM log_head WHERE next_offset > 0 ORDER BY 1"),
            "positions": (
                reader,
                "SELECT partition, next_offset FROM log_position WHERE next_offset > 0 ORDER BY 1",
            ),
            "aside": (
                reader,
                "SELECT log_offset, partition, reason FROM dead_letter WHERE replayed_at IS NULL",
            ),
            "members": ("log", "SELECT member, released FROM log_member"),
        }
        return ", ".join(f"{name} {self._place.ask(*where)}" for name, where in asked.items())

    def _effects(self, reader: str) -> dict[UUID, list[int]]:
        effects: dict[UUID, list[int]] = {}
        for key, n in self._place.ask(reader, "SELECT key, n FROM effect ORDER BY nr"):
            effects.setdefault(key, []).append(n)
        return effects

    def _check_effects(self, reader: str) -> None:
        for key, numbers in self._effects(reader).items():
            accepted = self.accepted[key]
            seen = f"{reader}: {numbers} of {accepted}"
            if len(set(numbers)) < len(numbers):
                raise Doubled(seen)
            if not set(numbers) <= set(accepted):
                raise Invented(seen)
            if numbers != accepted[: len(numbers)]:
                raise Reordered(seen)

    def _check_ticks(self, reader: str) -> None:
        """What a tick vouches for is applied here, but for keys that say themselves that something waits."""
        effects = self._effects(reader)
        with self._place.databases[reader].transaction(Scope()) as db:
            everywhere = known_until(db, self._place.owner)
            known = {key: known_until(db, self._place.owner, key=str(key)) for key in self.accepted}
        for key, moment in known.items():
            if moment is None:
                continue
            if everywhere is not None and everywhere > moment:
                raise VouchedFalsely(f"{reader}: more of the whole owner than of one key")
            missing = set(self.accepted[key]) - set(effects.get(key, []))
            if promised := [n for n in missing if self.known_at[n] < moment]:
                raise VouchedFalsely(f"{reader}: {promised} of {self.accepted[key]} not applied")
