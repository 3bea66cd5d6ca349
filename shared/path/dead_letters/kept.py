"""One service's dead letters as an operator looks through them: causes first, what is parked only as a number."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from shared.path.dead_letters.letters import PARKED, Key, Letter
from shared.path.dead_letters.wanted import Wanted


@dataclass(frozen=True)
class Kept:
    """One service's letters: those shown, and how many wait behind each key's cause."""

    service: str
    shown: Sequence[Letter]
    causes: Sequence[Letter]  # waiting, and not merely parked behind another
    parked: Counter[Key]
    evidence: int

    def parked_behind(self, letter: Letter) -> int:
        """How many events of its key wait behind this one."""
        return self.parked[letter.order_key] if letter in self.causes else 0


def keep(service: str, letters: Sequence[Letter], wanted: Wanted, *, is_waiting: bool) -> Kept:
    """Of all that a service put aside (oldest first), what is `wanted`. Not `is_waiting`: also what is over."""
    waiting = [letter for letter in letters if letter.is_waiting]
    own_fault = {letter.order_key for letter in waiting if letter.reason != PARKED}
    causes = [one for one in waiting if one.reason != PARKED or one.order_key not in own_fault]
    listed = letters if not is_waiting else waiting if wanted.reason == PARKED else causes
    return Kept(
        service=service,
        shown=[letter for letter in listed if wanted.takes(letter)],
        causes=[letter for letter in causes if wanted.takes(letter)],
        parked=Counter(one.order_key for one in waiting if one.reason == PARKED),
        evidence=sum(letter.is_evidence for letter in letters),
    )
