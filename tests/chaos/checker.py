"""The independent checker of a whole stack: reads everything when all is at rest, and says what went wrong.

It asks no service and uses none of their code: plain SQL, the log's records, the mail server's folder and the
drivers' journal. What was promised is what a driver was answered.
"""

from tests.chaos.care import check_bookings, check_nobody_is_forgotten, check_starts
from tests.chaos.commands import Journal
from tests.chaos.notices import check_notices
from tests.chaos.path import check_path
from tests.chaos.promises import check_effects, check_promises
from tests.chaos.sight import Sight
from tests.chaos.verdict import Judgement


def judge(seen: Sight, journal: Journal) -> Judgement:
    """Every kind of fault, over all that ever happened on this platform."""
    found = Judgement()
    check_path(found, seen)
    check_promises(found, seen, journal)
    check_effects(found, seen)
    check_bookings(found, seen)
    check_starts(found, seen, journal)
    check_notices(found, seen, journal)
    check_nobody_is_forgotten(found, seen)
    return found
