"""The demo practice's clock: a journey of weeks is played by moving it."""

import math
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from deploy.local.journey.client import Client
from deploy.local.journey.story import Story


class PracticeClock:
    """Reads and moves one practice's clock as the operator."""

    def __init__(self, story: Story, operator: Client, zone: str) -> None:
        self._story, self._operator, self._zone = story, operator, zone

    def now(self) -> datetime:
        """The practice's now."""
        return moment(self._operator.read("/demo/clock")["now"])

    def today(self) -> date:
        """The calendar day at the practice."""
        return self.now().astimezone(ZoneInfo(self._zone)).date()

    def at(self, day: date, hour: int) -> datetime:
        """The full `hour` of `day` on the practice's wall."""
        return datetime.combine(day, time(hour), ZoneInfo(self._zone))

    def move_to(self, target: datetime) -> None:
        """Move forward to `target` and wait until every service goes by the new time."""
        forward_s = math.ceil((target - self.now()).total_seconds())
        if forward_s < 1:
            return
        self._operator.make("/demo/clock", {"forward_s": forward_s})
        self._story.until(
            "every service to go by the moved clock",
            lambda: self._operator.read("/demo/clock"),
            lambda clock: clock["is_settled"] is True,
        )

    def move_past_a_quarter_hour(self) -> None:
        """Move to just after the next quarter hour, so that the following one is some minutes away."""
        now = self.now()
        quarter = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)
        self.move_to(quarter + timedelta(minutes=15, seconds=5))


def moment(text: str) -> datetime:
    """An RFC 3339 moment of an answer."""
    return datetime.fromisoformat(text)


def rfc3339(when: datetime) -> str:
    """A moment for a request."""
    return when.astimezone(ZoneInfo("UTC")).isoformat().replace("+00:00", "Z")
