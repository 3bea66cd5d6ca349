"""Which dead letters an operator means, and how far that reaches within a key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.path.dead_letters.letters import PARKED, Letter
from shared.path.operating.type_names import names_type


@dataclass(frozen=True)
class Wanted:
    """A letter is wanted when it fits every criterion that is given; without any, every letter is."""

    ids: frozenset[int] = frozenset()
    event_ids: frozenset[UUID] = frozenset()
    keys: frozenset[bytes] = frozenset()
    type: str | None = None  # a type's name, or a glob of it
    reason: str | None = None

    def takes(self, letter: Letter) -> bool:
        return (
            (not self.ids or letter.id in self.ids)
            and (not self.event_ids or letter.event_id in self.event_ids)
            and (not self.keys or letter.key in self.keys)
            and (self.type is None or (letter.type is not None and names_type(self.type, letter.type)))
            and (self.reason is None or letter.reason == self.reason)
        )

    def as_written_down(self) -> Mapping[str, object]:
        """The criteria as an act keeps them: ids and names, nothing of the events' content."""
        given: dict[str, object] = {
            "ids": sorted(self.ids),
            "event_ids": sorted(str(one) for one in self.event_ids),
            "keys": sorted(key.decode(errors="backslashreplace") for key in self.keys),
            "type": self.type,
            "reason": self.reason,
        }
        return {name: value for name, value in given.items() if value} or {"all": True}


def within_key(
    letters: Sequence[Letter], wanted: Wanted, *, is_open: bool = False
) -> tuple[list[Letter], Letter | None]:
    """Of one key's waiting letters, oldest first: those to apply in this order, and the one that ends them.

    Nothing older is passed. What was only parked follows what was applied before it (`is_open`: something was),
    as nothing is wrong with it. The one that ends them waits, and was not asked for.
    """
    ready: list[Letter] = []
    for letter in letters:
        follows = letter.reason == PARKED and (bool(ready) or is_open)
        if not follows and not wanted.takes(letter):
            return ready, letter
        ready.append(letter)
    return ready, None


def asked_of(letters: Sequence[Letter], wanted: Wanted, *, is_open: bool = False) -> list[Letter]:
    """Of one key's waiting letters: all that a replay would have to apply to have done what was asked."""
    ready, _ = within_key(letters, wanted, is_open=is_open)
    reached = {letter.id for letter in ready}
    return [letter for letter in letters if letter.id in reached or wanted.takes(letter)]
