"""How much of everything, for a scale: 1 is the long run, 0.1 does all of it once, 0 without whole journeys."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Counts and seconds for each fault."""

    journeys: int  # couples' whole ways beside the crowd's races
    blows: int  # how often each fault is done
    outage_s: float  # how long the broker is out of reach
    full_s: float  # how long a disk is full
    clock_s: float  # how long a clock is wrong
    clocks: int  # how many processes' clocks, one after the other
    pause_s: float  # between two processes that are killed
    patience_s: float  # how long drivers go on trying

    @property
    def deadline_s(self) -> float:
        """The longest that drivers may take to finish once the harm is over."""
        return 1.5 * self.patience_s


def plan(scale: float) -> Plan:
    """At 1: three journeys at a time, each fault three times, minutes of outage."""

    def some(most: int) -> int:
        return max(1, round(most * scale))

    return Plan(
        journeys=some(3) if scale else 0,
        blows=some(3),
        outage_s=min(150.0, max(20.0, 150 * scale)),
        full_s=min(60.0, max(10.0, 60 * scale)),
        clock_s=min(60.0, max(12.0, 60 * scale)),
        clocks=min(10, max(3, round(10 * scale))),
        pause_s=1.5,
        patience_s=120.0 + min(150.0, 150 * scale),
    )
