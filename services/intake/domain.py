"""Intake's rules, pure: what holds whatever the web and the database are."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from services.intake.problems import ReadinessExpiryOutOfRange
from shared.events.intake import Readiness

LONGEST_READINESS = timedelta(days=90)
USUAL_BREAK_GLASS = timedelta(minutes=60)
LONGEST_BREAK_GLASS = timedelta(
    hours=4
)  # of one access, and of all within BREAK_GLASS_SPAN that wait for review
BREAK_GLASS_SPAN = timedelta(hours=24)


class PartnerState(StrEnum):
    """How far a partner has come towards a login of their own; it never goes back."""

    REGISTERED = "registered"
    INVITED = "invited"
    JOINED = "joined"


class Part(StrEnum):
    """The parts of an intention, in the order in which they are shown."""

    HOPE = "hope"
    MEETING_WHAT_SURFACES = "meeting_what_surfaces"
    HONOURING_LIMITS = "honouring_limits"
    PAST = "past"


def states_before(state: PartnerState) -> tuple[PartnerState, ...]:
    """The states from which a partner may come to `state`."""
    order = tuple(PartnerState)
    return order[: order.index(state)]


def place_of(part: str) -> int:
    """Where a part is shown: the same place whenever it was written, so that no order tells a time."""
    return tuple(Part).index(Part(part))


def is_within_break_glass(
    unreviewed: Iterable[tuple[datetime, datetime]], *, lasts: timedelta, now: datetime
) -> bool:
    """Whether another access of `lasts` from now keeps to four hours in any 24, those nobody reviewed added up.

    `unreviewed`: from when until when each holds; two at the same time count twice.
    """
    since = now - BREAK_GLASS_SPAN
    spent = sum((end - max(start, since) for start, end in unreviewed if end > since), timedelta())
    return spent + lasts <= LONGEST_BREAK_GLASS


def check_readiness_expiry(decision: Readiness, expires_at: datetime | None, *, now: datetime) -> None:
    """`ready` holds until a moment after `now` and at most 90 days (of 24 h) ahead; nothing else expires.

    Raises ReadinessExpiryOutOfRange.
    """
    if decision is not Readiness.READY:
        if expires_at is not None:
            raise ReadinessExpiryOutOfRange
        return
    if expires_at is None or not now < expires_at <= now + LONGEST_READINESS:
        raise ReadinessExpiryOutOfRange
