"""Events notify owns: alerts to the care team and who took them up."""

from datetime import datetime
from uuid import UUID

from shared.events.base import Event, event


@event(owner="notify", consumers=("integration",), key="person_id")
class AlertAcknowledged(Event):
    """A member of the care team took up an alert about a safety concern."""

    alert_id: UUID
    concern_id: UUID
    person_id: UUID  # whom the concern is about
    by: UUID
    at: datetime
