"""How much of everything, for a scale: 1 is the long soak, 0.01 the shortest that still meets every fail point."""

from dataclasses import dataclass

from shared.path.failpoints import POINTS


@dataclass(frozen=True)
class Plan:
    """Counts and seconds of one soak on one log."""

    events: int  # accepted at full speed; then a trickle until all harm is done
    keys: int
    kills_per_point: int
    random_kills: int
    relay_stops: int
    relay_stop_s: float  # beyond the server's 5 s
    reader_stops: int
    reader_stop_s: float  # beyond the group's 10 s
    leaves: int
    leave_s: float
    database_kills: int
    log_kills: int
    log_down_s: float  # how long the log's server stays away at the last of its kills

    @property
    def points(self) -> tuple[str, ...]:
        """The path's own fail points; those of notify, audit and vault are met in their tests."""
        elsewhere = ("notify.", "audit.", "vault.")
        return tuple(point for point in POINTS if not point.startswith(elsewhere))


def plan(scale: float) -> Plan:
    """At 1: a million events and some three hundred kills. Below 0.05 everything happens once."""

    def some(most: int) -> int:
        return max(1, round(most * scale))

    return Plan(
        events=max(1_000, round(1_000_000 * scale)),
        keys=400 if scale >= 0.1 else 40,
        kills_per_point=some(20),
        random_kills=max(2, round(40 * scale)),
        relay_stops=some(3),
        relay_stop_s=min(60.0, max(8.0, 60 * scale)),
        reader_stops=some(4),
        reader_stop_s=min(30.0, max(13.0, 30 * scale)),
        leaves=some(6),
        leave_s=2.0,
        database_kills=some(6),
        log_kills=some(6),
        log_down_s=min(150.0, max(8.0, 150 * scale)),
    )
