"""What came of one dead letter in a replay, and why one can't be applied now."""

from dataclasses import dataclass
from enum import StrEnum

from shared.errors import PracticeNotKnownYet, Unavailable
from shared.path.dead_letters.letters import Letter
from shared.path.transient import is_transient

_BUSY = "55P03"  # lock not available
_AGAIN = ("40001", "40P01")  # serialization failure, deadlock


class Result(StrEnum):
    """What happened, or why nothing could."""

    APPLIED = "applied"
    KNOWN = "known"  # its effects were here already; it waits no longer
    FAILED = "failed"  # the handler failed again
    BEHIND = "behind"  # an older one of its key waits
    FORGED = "forged"  # the record's signature does not fit what the table holds
    MALFORMED = "malformed"  # this version can't read it either
    UNKNOWN_TYPE = "unknown_type"  # this version does not know it either
    NO_PRACTICE = "no_practice"  # the event that creates its practice has not arrived here
    BUSY = "busy"  # somebody else works on its partition and does not let go
    UNAVAILABLE = "unavailable"  # something that the handler needs did not answer


@dataclass(frozen=True, slots=True)
class Outcome:
    """One letter's: `behind_id` names the letter that has to go first, `error_type` the handler's failure."""

    letter: Letter
    result: Result
    error_type: str | None = None
    behind_id: int | None = None

    @property
    def is_applied(self) -> bool:
        return self.result in (Result.APPLIED, Result.KNOWN)


class Stopped(Exception):
    """A letter can't be applied now; its key stops here."""

    def __init__(self, result: Result, error_type: str | None = None) -> None:
        super().__init__(result.value)
        self.result = result
        self.error_type = error_type


def stopped_by(error: Exception) -> Stopped:
    """Why this failure stops a letter. Raises `error` itself when the database is lost: that stops everything."""
    if isinstance(error, Stopped):
        return error
    if isinstance(error, PracticeNotKnownYet):
        return Stopped(Result.NO_PRACTICE)
    if isinstance(error, Unavailable):
        return Stopped(Result.UNAVAILABLE, type(error).__name__)
    if _sqlstate(error) == _BUSY:
        return Stopped(Result.BUSY)
    if is_transient(error):
        raise error
    return Stopped(Result.FAILED, type(error).__name__)


def passes_at_once(error: Exception) -> bool:
    """Whether the same transaction again is likely to work: it met another's, and lost."""
    return _sqlstate(error) in _AGAIN


def _sqlstate(error: Exception) -> str:
    return str(getattr(getattr(error, "orig", None), "sqlstate", None) or "")
