"""What the checker found: the event path's faults, and those that only a whole stack can have."""

from dataclasses import dataclass, fields

from tests.soak.checker import Verdict

FAULTS = (
    "lost",
    "doubled",
    "reordered",
    "invented",
    "left_over",
    "notices_twice",
    "notices_stale",
    "double_bookings",
    "started_after_withdrawal",
    "forgotten",
)


@dataclass
class Judgement(Verdict):
    """Counts by kind, with examples. `tried` counts the commands that were accepted."""

    notices_twice: int = 0
    notices_stale: int = 0
    double_bookings: int = 0
    started_after_withdrawal: int = 0
    forgotten: int = 0  # a concern or a withdrawal of which nobody was told

    @property
    def faults(self) -> dict[str, int]:
        """Every kind of fault that was found."""
        return {name: count for name in FAULTS if (count := getattr(self, name))}

    @property
    def is_clean(self) -> bool:
        return not self.faults

    def since(self, earlier: "Judgement") -> "Judgement":
        """What was found since an earlier judgement of the same platform."""
        counts = {
            one.name: getattr(self, one.name) - getattr(earlier, one.name)
            for one in fields(self)
            if one.name != "examples"
        }
        new = [one for one in self.examples if one not in earlier.examples]
        return Judgement(**counts, examples=new)
