"""The gate: what must hold before a medicine session is confirmed. One table of pure conditions.

The software holds and explains; it clears nobody: readiness, preparation and transport are recorded by
practitioners, consent by each person alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.sessions.domain.programmes import is_spaced, is_within_integration_time
from shared.events.intake import Readiness
from shared.events.sessions import Programme


class Condition(StrEnum):
    READINESS = "readiness"
    CONSENT = "consent"
    PREPARATION_COMPLETED = "preparation_completed"
    TRANSPORT_PLAN = "transport_plan"
    INTEGRATION_WITHIN_72H = "integration_within_72h"
    SPACING = "spacing"
    PREVIOUS_INTEGRATION_DONE = "previous_integration_done"
    NO_CONFLICT_OF_INTEREST = "no_conflict_of_interest"


@dataclass(frozen=True, kw_only=True)
class PersonFacts:
    """What is known of one person who takes the medicine or attends."""

    person_id: UUID
    is_taking: bool
    has_consent: bool = False
    readiness: Readiness | None = None
    readiness_expires_at: datetime | None = None
    is_prepared: bool = False
    has_transport_plan: bool = False
    integration_starts: tuple[datetime, ...] = ()
    is_previous_integration_done: bool = True


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything the gate of one medicine session looks at."""

    programme: Programme
    starts_at: datetime
    ends_at: datetime
    people: tuple[PersonFacts, ...]
    previous_end: datetime | None = None
    is_somebody_in_conflict: bool = False  # a practitioner of the session, with this couple

    @property
    def taking(self) -> tuple[PersonFacts, ...]:
        return tuple(person for person in self.people if person.is_taking)


@dataclass(frozen=True)
class Verdict:
    condition: Condition
    person_id: UUID | None
    is_met: bool


def is_ready(person: PersonFacts, facts: Facts) -> bool:
    """Decided ready, and the decision has not expired when the session starts."""
    expires_at = person.readiness_expires_at
    return person.readiness is Readiness.READY and expires_at is not None and facts.starts_at <= expires_at


def has_integration_in_time(person: PersonFacts, facts: Facts) -> bool:
    """An integration session that this person attends starts soon enough after the end."""
    return any(is_within_integration_time(at, facts.ends_at) for at in person.integration_starts)


FOR_EACH_TAKING: tuple[tuple[Condition, Callable[[PersonFacts, Facts], bool]], ...] = (
    (Condition.READINESS, is_ready),
    (Condition.CONSENT, lambda person, _: person.has_consent),
    (Condition.PREPARATION_COMPLETED, lambda person, _: person.is_prepared),
    (Condition.TRANSPORT_PLAN, lambda person, _: person.has_transport_plan),
)
FOR_EACH_ATTENDING: tuple[tuple[Condition, Callable[[PersonFacts, Facts], bool]], ...] = (
    (Condition.CONSENT, lambda person, _: person.has_consent),
)
FOR_THE_COUPLE: tuple[tuple[Condition, Callable[[Facts], bool]], ...] = (
    (
        Condition.INTEGRATION_WITHIN_72H,
        lambda facts: all(has_integration_in_time(person, facts) for person in facts.taking),
    ),
    (Condition.SPACING, lambda facts: is_spaced(facts.previous_end, facts.starts_at, facts.programme)),
    (
        Condition.PREVIOUS_INTEGRATION_DONE,
        lambda facts: all(person.is_previous_integration_done for person in facts.taking),
    ),
    (Condition.NO_CONFLICT_OF_INTEREST, lambda facts: not facts.is_somebody_in_conflict),
)


def verdicts(facts: Facts) -> tuple[Verdict, ...]:
    """Every condition that applies, in a stable order."""
    found = []
    for person in facts.people:
        for condition, is_met in FOR_EACH_TAKING if person.is_taking else FOR_EACH_ATTENDING:
            found.append(Verdict(condition, person.person_id, is_met(person, facts)))
    for condition, holds in FOR_THE_COUPLE:
        found.append(Verdict(condition, None, holds(facts)))
    return tuple(found)


def is_open(facts: Facts) -> bool:
    """Whether every condition holds."""
    return all(verdict.is_met for verdict in verdicts(facts))
