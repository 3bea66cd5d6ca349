"""What stops a consumer: a bad deploy stops the consumer instead of putting everything aside."""

from sqlalchemy import text
from sqlalchemy.orm import Session

_LEAST = 20  # so few never stop anybody, whatever their share
_LOOK_BACK = (
    1000  # events applied last; no clock is asked, so a stopped consumer stays stopped until it is mended
)
# Later events of a key that waits were put aside with reason, so they count for nothing.
_COUNT = text(
    "WITH lately AS (SELECT applied_at FROM inbox ORDER BY applied_at DESC LIMIT :look_back)"
    " SELECT (SELECT count(*) FROM lately), (SELECT count(*) FROM dead_letter WHERE replayed_at IS NULL"
    " AND reason <> 'parked' AND event_id IS NOT NULL AND created_at >="
    " coalesce((SELECT min(applied_at) FROM lately), '-infinity'))"
)


class MustStop(Exception):
    """The consumer stands still until somebody has mended something; it looks again now and then."""


class NothingIsOurs(MustStop):
    """Nothing that was read bears the platform's signature, since this process began: its key must be wrong."""

    def __init__(self) -> None:
        super().__init__("no event bears this platform's signature: is ATTUNE_EVENT_KEY right?")


class TooManyDeadLetters(MustStop):
    """Too large a share of the latest events could not be applied: something is broken here, not in them."""

    def __init__(self, put_aside: int, applied: int) -> None:
        super().__init__(f"{put_aside} events put aside beside {applied} applied")
        self.put_aside, self.applied = put_aside, applied


def check_limit(db: Session, ratio: float) -> None:
    """Raises TooManyDeadLetters when the share of what was put aside lately is above `ratio` (0 to 1)."""
    applied, put_aside = db.execute(_COUNT, {"look_back": _LOOK_BACK}).one()
    if put_aside > _LEAST and put_aside > ratio * (put_aside + applied):
        raise TooManyDeadLetters(put_aside, applied)
