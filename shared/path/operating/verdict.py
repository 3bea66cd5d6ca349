"""From how far everybody is to what is wrong, in plain words: one finding per cause, not one per symptom."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.path.operating.standing import Aside, Sending
from shared.path.operating.words import age, clock_time, many

LATE_S = 60.0
"""As old as a fact may be at the start of a medicine session: what is older is behind."""


class Problem(StrEnum):
    """Kinds of findings."""

    LOG_DOWN = "log_down"
    UNREADABLE = "unreadable"  # a service's database
    NOT_SENDING = "not_sending"
    STALLED = "stalled"  # a service that applies nothing, of nobody
    OWNER_SILENT = "owner_silent"
    BEHIND = "behind"
    NOTHING_KNOWN = "nothing_known"
    PUT_ASIDE = "put_aside"


@dataclass(frozen=True)
class Reading:
    """How far one service is with another's topic. None: not known, as the log did not answer."""

    service: str
    owner: str
    records: int | None  # ticks too
    events: int | None  # without ticks; None also when there are too many to count
    known_age_s: float | None  # None: some partition never had a tick here
    newest_tick_at: datetime | None


@dataclass(frozen=True)
class Own:
    """What one service has yet to send, and what it put aside."""

    service: str
    sending: Sending
    aside: Aside
    read_at: datetime

    def age_of(self, moment: datetime | None) -> float | None:
        return None if moment is None else max(0.0, (self.read_at - moment).total_seconds())


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, about one service, in one line."""

    problem: Problem
    service: str | None
    text: str


def judge(readings: Sequence[Reading], owns: Sequence[Own], *, log_failure: str | None) -> list[Finding]:
    """What is wrong, causes first. Empty: everything is known within LATE_S and nothing waits."""
    found: list[Finding] = []
    if log_failure is not None:
        found.append(Finding(Problem.LOG_DOWN, None, log_failure))
    late = [one for one in readings if one.known_age_s is None or one.known_age_s > LATE_S]
    mute = _not_sending(owns)
    mute += _silent(late, {one.service for one in mute})
    stalled = _stalled(readings, late, {one.service for one in mute})
    at_fault = {one.service for one in stalled}
    found += stalled + [one for one in mute if one.service not in at_fault]
    behind = [one for one in late if one.records != 0 and one.service not in at_fault]
    found += [_unknown(one) if one.known_age_s is None else _behind(one) for one in behind]
    found += [_aside(one) for one in owns if one.aside.waiting]
    return found


def _stalled(readings: Sequence[Reading], late: Sequence[Reading], mute: set[str | None]) -> list[Finding]:
    """Services that apply nothing at all, of nobody: it is their worker, not the others'."""
    found = []
    for service in dict.fromkeys(one.service for one in late):
        own = [one for one in readings if one.service == service]
        ticks = [one.newest_tick_at for one in own if one.newest_tick_at is not None]
        if not ticks or any(one not in late or not one.records for one in own):
            continue
        known = [one.events for one in own if one.events is not None]
        waiting = (
            f"{many(sum(known), 'event')} to apply" if len(known) == len(own) else "many events to apply"
        )
        too = ", and says nothing to the others either" if service in mute else ""
        text = (
            f"{service} applies nothing since {clock_time(max(ticks))}{too}: {waiting}. Its worker is down or hangs:"
            " start it again, and look at its log."
        )
        found.append(Finding(Problem.STALLED, service, text))
    return found


def _not_sending(owns: Iterable[Own]) -> list[Finding]:
    found = []
    for one in owns:
        oldest_s = one.age_of(one.sending.oldest_at)
        if oldest_s is not None and oldest_s > LATE_S:
            text = (
                f"{one.service} does not send: {many(one.sending.events, 'event')} in its outbox, and the oldest"
                f" record there is {age(oldest_s)} old. Does its worker run, and does the event log answer?"
            )
            found.append(Finding(Problem.NOT_SENDING, one.service, text))
    return found


def _silent(late: Sequence[Reading], not_sending: set[str | None]) -> list[Finding]:
    """Owners of whose topic all is applied that is there: it is they who say nothing."""
    found = []
    for owner in dict.fromkeys(one.owner for one in late if one.records == 0):
        if owner not in not_sending:
            ages = [one.known_age_s for one in late if one.owner == owner and one.known_age_s is not None]
            since = f"nothing for {age(max(ages))}" if ages else "nothing yet"
            text = f"{owner} has told the others {since}, not even that it lives. Does its worker run?"
            found.append(Finding(Problem.OWNER_SILENT, owner, text))
    return found


def _behind(one: Reading) -> Finding:
    waiting = "" if one.events is None else f", {many(one.events, 'event')} to apply"
    since = f"; applied some of it last at {clock_time(one.newest_tick_at)}" if one.newest_tick_at else ""
    text = f"{one.service} is {age(one.known_age_s or 0)} behind on {one.owner}{waiting}{since}. Does its worker run?"
    return Finding(Problem.BEHIND, one.service, text)


def _unknown(one: Reading) -> Finding:
    text = f"{one.service} knows nothing of {one.owner} yet. Do both their workers run?"
    return Finding(Problem.NOTHING_KNOWN, one.service, text)


def _aside(one: Own) -> Finding:
    first_s = one.age_of(one.aside.oldest_at) or 0
    text = (
        f"{one.service} has put aside {many(one.aside.waiting, 'event')} of {many(one.aside.keys, 'key')}, the first"
        f" {age(first_s)} ago: attune events dead-letters {one.service}"
    )
    return Finding(Problem.PUT_ASIDE, one.service, text)
