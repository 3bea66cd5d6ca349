"""The occasions on which somebody is told, and whose facts decide whether it is still so."""

from datetime import datetime, timedelta
from enum import StrEnum


class Occasion(StrEnum):
    """Why a notice exists. It shows in no message and no header."""

    INVITATION = "invitation"
    SIGN_IN_RECOVERED = "sign_in_recovered"
    WAYS_IN_CHANGED = "ways_in_changed"
    CONSULTATION_BOOKED = "consultation_booked"
    SESSION_BOOKED = "session_booked"
    SESSION_CANCELLED = "session_cancelled"
    MEDICINE_CONFIRMED = "medicine_confirmed"
    MEDICINE_NOT_GOING_AHEAD = "medicine_not_going_ahead"
    REMINDER_24H = "reminder_24h"
    REMINDER_2H = "reminder_2h"
    CHECK_IN_OPENED = "check_in_opened"
    INTENTION_SHARED = "intention_shared"
    ENTRY_SHARED = "entry_shared"
    ALERT = "alert"

    @property
    def waits_for_quiet_hours(self) -> bool:
        """Whether its mail is held back until its reader's quiet hours are over.

        Not what warns: of a change to how one signs in, least of all, as whoever made it may have set those hours.
        """
        return self not in _AT_ONCE


_AT_ONCE = frozenset(
    {Occasion.ALERT, Occasion.INVITATION, Occasion.SIGN_IN_RECOVERED, Occasion.WAYS_IN_CHANGED}
)
OWNER: dict[Occasion, str] = {
    Occasion.CONSULTATION_BOOKED: "sessions",
    Occasion.SESSION_BOOKED: "sessions",
    Occasion.SESSION_CANCELLED: "sessions",
    Occasion.MEDICINE_CONFIRMED: "sessions",
    Occasion.MEDICINE_NOT_GOING_AHEAD: "sessions",
    Occasion.REMINDER_24H: "sessions",
    Occasion.REMINDER_2H: "sessions",
    Occasion.CHECK_IN_OPENED: "integration",
    Occasion.ENTRY_SHARED: "integration",
    Occasion.INTENTION_SHARED: "intake",
}
"""Whose later fact can contradict a notice: its tick is waited for. The others have none, and alerts don't wait."""

REMINDERS: dict[Occasion, timedelta] = {
    Occasion.REMINDER_24H: timedelta(hours=24),
    Occasion.REMINDER_2H: timedelta(hours=2),
}
"""How long before the start each reminder is due."""

BOOKINGS = frozenset({Occasion.CONSULTATION_BOOKED, Occasion.SESSION_BOOKED})
SHARINGS = frozenset({Occasion.INTENTION_SHARED, Occasion.ENTRY_SHARED})
SHARED_TOGETHER = timedelta(minutes=15)
"""What is shared with somebody within this time is told together."""


class About(StrEnum):
    """Where a notice leads its reader. No finer than its text: what kind of thing was shared, neither says."""

    SESSION = "session"
    CHECK_IN = "check_in"
    SHARING = "sharing"
    ALERT = "alert"
    WAYS_IN = "ways_in"


def about(occasion: Occasion) -> About:
    """Where a notice of this occasion leads."""
    if occasion in SHARINGS:
        return About.SHARING
    named = {
        Occasion.CHECK_IN_OPENED: About.CHECK_IN,
        Occasion.ALERT: About.ALERT,
        Occasion.SIGN_IN_RECOVERED: About.WAYS_IN,
        Occasion.WAYS_IN_CHANGED: About.WAYS_IN,
    }
    return named.get(occasion, About.SESSION)


FRESH_ENOUGH = timedelta(seconds=30)
"""D2: never contrary to a fact committed longer ago than this."""

BOOKED, CONFIRMED, HELD, CANCELLED = "booked", "confirmed", "held", "cancelled"
IN_PROGRESS, ENDED, COMPLETED = "in_progress", "ended", "completed"

NOT_GOING_AHEAD = "not_going_ahead"


def public_state(state: str) -> str | None:
    """What partners are told of a medicine session: one answer for every reason. None: nothing to tell."""
    if state == CONFIRMED:
        return CONFIRMED
    return NOT_GOING_AHEAD if state in (HELD, CANCELLED) else None


def is_reminder_due(occasion: Occasion, *, starts_at: datetime, now: datetime) -> bool:
    """Whether a reminder still helps: before the start, and until the next nearer reminder takes over."""
    nearer = [gap for gap in REMINDERS.values() if gap < REMINDERS[occasion]]
    return now < starts_at - max(nearer, default=timedelta())


def is_news_of_booking(
    last: Occasion | None, *, told_at: datetime | None, starts_at: datetime | None
) -> bool:
    """Whether somebody whose last word of an appointment was this one doesn't know of its booking yet.

    `told_at` is the start they were told of: told of it, they know; told since that it is off, they don't.
    """
    return last in (None, Occasion.SESSION_CANCELLED) or told_at != starts_at


def is_news_of_cancellation(last: Occasion | None) -> bool:
    """Whether somebody whose last word of an appointment was this one still believes that it takes place."""
    return last is not None and last != Occasion.SESSION_CANCELLED


TOLD_STATES: dict[Occasion, str] = {
    Occasion.MEDICINE_CONFIRMED: CONFIRMED,
    Occasion.MEDICINE_NOT_GOING_AHEAD: NOT_GOING_AHEAD,
    Occasion.SESSION_CANCELLED: CANCELLED,
    Occasion.CONSULTATION_BOOKED: BOOKED,
    Occasion.SESSION_BOOKED: BOOKED,
}
"""The state of an appointment in which its people are told to believe by each of its notices, reminders aside."""


def told_change(occasion: Occasion, occurrence: str) -> tuple[int, bool, str]:
    """Which of an appointment's changes a notice tells: after how many, a booking after its cancellation, the state.

    The last of an appointment is the greatest. Occurrences are `session/count`; a booking's `session/start`, and
    with `/count` once it has been cancelled.
    """
    parts = occurrence.split("/")
    is_booking = occasion in BOOKINGS
    count = (parts[2] if len(parts) > 2 else "0") if is_booking else parts[1]
    return int(count), is_booking, TOLD_STATES[occasion]
