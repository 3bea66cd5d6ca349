"""The machine: what may happen on the event path, in any order, and what must hold after each of it (rule D1)."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy.exc import OperationalError

from shared.path import outbox
from tests.path.machine.awaits import Awaits, Trouble
from tests.path.machine.faulty_log import APPENDING, DELIVERING, Appending, Delivering
from tests.path.machine.model import Model
from tests.path.machine.parts import Owner, Reader, Relaying, TakenBack
from tests.path.machine.place import Place
from tests.path.machine.plants import NOTHING, Plant

KEY = st.integers(0, 4)
FACTS = st.lists(st.tuples(KEY, st.booleans()), min_size=2, max_size=6)
SOME_FACTS = st.lists(st.tuples(KEY, st.booleans()), max_size=4)
READER = st.sampled_from(["projector", "reactor"])
MEMBER = st.integers(0, 1)
TROUBLE = st.one_of(
    st.none(), st.builds(Trouble, at=st.integers(0, 19), is_done=st.booleans(), is_crash=st.booleans())
)


class EventPath(RuleBasedStateMachine):
    """One owner, its relay, and two readers of two members each."""

    place: Place  # set by `on`
    awaits: Awaits
    plant: Plant = NOTHING
    met: ClassVar[Counter[str]]  # how often each thing happened, over all examples of a run

    def __init__(self) -> None:
        super().__init__()
        self.place.empty()
        self.model = Model(self.place)
        self.owner = Owner(self.place)
        self.relaying = Relaying(self.place, self.plant.relay)
        self.readers = {
            name: Reader(self.place, name, self.plant.consumer) for name in self.place.reader_urls
        }
        self.next_n = 0
        self.unfinished: dict[UUID, Any] = {}  # transactions that are open, by the key they hold
        self.hours = 0
        self.met["examples"] += 1

    @initialize(facts=FACTS)
    def begin(self, facts: list[tuple[int, bool]]) -> None:
        self._write(facts, None)

    # The owner: commands, transactions that overlap, timers, the practice's clock, ticks.

    @rule(facts=FACTS, trouble=TROUBLE)
    def write(self, facts: list[tuple[int, bool]], trouble: Trouble | None) -> None:
        self._write(facts, trouble)

    @rule(facts=FACTS)
    def write_and_take_it_back(self, facts: list[tuple[int, bool]]) -> None:
        with suppress(TakenBack), self.owner.transaction() as db:
            for key, is_change in self._free(facts):
                self.owner.state(db, key, self._number(), is_change=is_change)
            raise TakenBack

    @precondition(lambda self: len(self.unfinished) < 2)
    @rule(key=KEY)
    def begin_to_write(self, key: int) -> None:
        """It has its place in the outbox, and commits after others that come later."""
        for couple, _ in self._free([(key, False)]):
            transaction = self.owner.transaction()
            db = transaction.__enter__()
            self.owner.state(db, couple, self._number())
            outbox.write_now(db)
            self.unfinished[couple] = transaction

    @precondition(lambda self: self.unfinished)
    @rule(which=st.integers(0, 1), commits=st.booleans())
    def end_to_write(self, which: int, commits: bool) -> None:
        key = list(self.unfinished)[which % len(self.unfinished)]
        transaction = self.unfinished.pop(key)
        if commits:
            transaction.__exit__(None, None, None)
        else:
            with suppress(RuntimeError):
                transaction.__exit__(RuntimeError, RuntimeError(), None)
        self.model.learn()

    @rule(key=KEY, hours=st.integers(0, 48))
    def set_a_timer(self, key: int, hours: int) -> None:
        self.owner.set_timer(self.place.keys[key], self._number(), lambda now: now + timedelta(hours=hours))

    @precondition(lambda self: not self.unfinished)
    @rule(hours=st.integers(0, 24), trouble=TROUBLE)
    def move_the_clock(self, hours: int, trouble: Trouble | None) -> None:
        """A demo practice's time passes; what is due by then fires and records its event."""
        self.hours += hours
        self.owner.move_clock(self.hours)
        if not self._attempt(self.owner.timers.fire_due, trouble):
            self.owner.crash()
        self.model.learn()

    @rule(facts=SOME_FACTS, trouble=TROUBLE)
    def tick(self, facts: list[tuple[int, bool]], trouble: Trouble | None) -> None:
        self._write(facts, None)
        if not self._attempt(lambda: self.plant.tick(self.owner), trouble):
            self.owner.crash()
        self.model.ticked = True

    # The relay.

    @rule(facts=SOME_FACTS, fault=st.one_of(st.none(), st.sampled_from(APPENDING)), trouble=TROUBLE)
    def relay(self, facts: list[tuple[int, bool]], fault: Appending | None, trouble: Trouble | None) -> None:
        self._write(facts, None)
        self.relaying.log.appending = fault
        if not self._attempt(self.relaying.once, trouble):
            self.relaying.stop()
        self.relaying.log.appending = None

    @rule(facts=FACTS, answers=st.booleans())
    def relay_that_was_stopped_for_a_while(self, facts: list[tuple[int, bool]], answers: bool) -> None:
        """It holds a batch when the server ends its session; another leads, sends and deletes; then it goes on."""

        def meanwhile() -> None:
            self.relaying.lose_leadership()
            other = Relaying(self.place, self.plant.relay)
            other.log.appending = None if answers else "half_answered"
            other.once()
            self._write(facts, None)
            other.once()
            other.stop()

        self.relaying.log.meanwhile = meanwhile
        self.relaying.once()
        self.relaying.log.meanwhile = None

    # The readers.

    @rule(
        reader=READER,
        member=MEMBER,
        relays=st.booleans(),
        fault=st.one_of(st.none(), st.sampled_from(DELIVERING)),
        trouble=TROUBLE,
    )
    def consume(
        self, reader: str, member: int, relays: bool, fault: Delivering | None, trouble: Trouble | None
    ) -> None:
        if relays:
            self.relaying.once()
        one = self.readers[reader].members[member]
        one.log.delivering = fault
        if not self._attempt(one.step, trouble):
            one.crash()
        one.log.delivering = None
        self.model.look_at(reader)

    @rule(reader=READER, relays=st.booleans())
    def consume_all(self, reader: str, relays: bool) -> None:
        """Both members poll until they share and there is nothing new."""
        if relays:
            self.relaying.once()
        for _ in range(3):
            for one in self.readers[reader].members:
                one.step()
        self.model.look_at(reader)

    @rule(reader=READER, member=MEMBER)
    def leave(self, reader: str, member: int) -> None:
        self.readers[reader].members[member].leave()

    @rule(reader=READER, member=MEMBER)
    def die(self, reader: str, member: int) -> None:
        """Between two polls, and found out by the others."""
        one = self.readers[reader].members[member]
        one.crash()
        self.readers[reader].expire(one)

    @rule(reader=READER, member=MEMBER)
    def wake_with_an_old_batch(self, reader: str, member: int) -> None:
        """A member is taken for dead while it holds records; another applies them; then it wakes."""
        here = self.readers[reader]
        sleeper, other = here.members[member], here.members[1 - member]

        def meanwhile() -> None:
            here.expire(sleeper)
            for _ in range(3):
                other.step()

        sleeper.log.meanwhile = meanwhile
        sleeper.step()
        sleeper.log.meanwhile = None
        self.model.look_at(reader)

    @rule(reader=READER, member=MEMBER)
    def outage_in_a_handler(self, reader: str, member: int) -> None:
        here = self.readers[reader]
        here.outages = [OperationalError("", None, Exception())]
        here.members[member].step()
        here.outages = []
        self.model.look_at(reader)

    @rule(reader=READER, key=KEY)
    def a_key_meets_a_bug(self, reader: str, key: int) -> None:
        """Its next event is poison, and those behind it park."""
        self.readers[reader].poison.add(self.place.keys[key])
        self._write([(key, False), (key, True)], None)

    @rule(reader=READER, is_mended=st.booleans(), trouble=TROUBLE)
    def replay(self, reader: str, is_mended: bool, trouble: Trouble | None) -> None:
        here = self.readers[reader]
        if is_mended:
            here.poison.clear()
        if not self._attempt(here.replay, trouble):
            here.database.engine.dispose()
        self.model.look_at(reader)

    @rule(reader=READER, key=KEY, is_known=st.booleans())
    def a_practice_is_known_or_not_yet(self, reader: str, key: int, is_known: bool) -> None:
        strangers = self.readers[reader].strangers
        (strangers.discard if is_known else strangers.add)(self.place.keys[key])

    @invariant()
    def effects_are_what_was_accepted_in_order_and_once(self) -> None:
        self.model.check()

    def teardown(self) -> None:
        try:
            if not self.model.has_failed:
                self._heal()
                self.model.check_at_rest(self._come_to_rest())
                self.met.update(self.model.what_happened())
        finally:
            for transaction in self.unfinished.values():
                with suppress(RuntimeError):
                    transaction.__exit__(RuntimeError, RuntimeError(), None)
            self.relaying.stop()
            for reader in self.readers.values():
                reader.stop()

    def _attempt(self, work: Callable[[], object], trouble: Trouble | None) -> bool:
        ended_by_itself = self.awaits.attempt(work, trouble)
        if trouble is not None and self.awaits.met is not None:
            self.met["crashes" if trouble.is_crash else "outages"] += 1
        return ended_by_itself

    def _write(self, facts: list[tuple[int, bool]], trouble: Trouble | None) -> None:
        numbered = [(key, self._number(), is_change) for key, is_change in self._free(facts)]

        def command() -> None:
            with self.owner.transaction() as db:
                for key, n, is_change in numbered:
                    self.owner.state(db, key, n, is_change=is_change)

        if self._attempt(command, trouble):
            self.model.learn(certainly=numbered)
        else:
            self.owner.crash()
            self.model.learn()

    def _free(self, facts: list[tuple[int, bool]]) -> list[tuple[UUID, bool]]:
        named = [(self.place.keys[key], is_change) for key, is_change in facts]
        return [(key, is_change) for key, is_change in named if key not in self.unfinished]

    def _number(self) -> int:
        self.next_n += 1
        return self.next_n

    def _heal(self) -> None:
        """Everything is mended, every transaction ends, every timer is due; who was cut off is gone."""
        for transaction in self.unfinished.values():
            transaction.__exit__(None, None, None)
        self.unfinished.clear()
        self.owner.move_clock(self.hours + 100)
        self.owner.timers.fire_due()
        self.model.learn()
        for reader in self.readers.values():
            reader.mend()

    def _come_to_rest(self) -> datetime:
        """The last tick passes through everything: who has applied it has applied all that came before."""
        for _ in range(3):
            self.relaying.once()
        ticked_at = self.plant.tick(self.owner)
        self.model.ticked = True
        self.relaying.once()
        for name, reader in self.readers.items():
            for _ in range(2):
                reader.members[0].step()
            reader.replay()
            self.model.look_at(name)
        return ticked_at
