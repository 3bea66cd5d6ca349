"""The couple's confidentiality policy: whether joint work may raise what a partner told the practitioner alone.

Intake owns which policy holds for a couple; intake and integration ask the same functions about what each keeps.
Under `discretion` it stays there unless its writer releases it; under `no_secrets` the practitioner may raise it
after telling the person first. Answers about violence and suicide stay private under either.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.errors import RuleBroken


class ConfidentialityPolicy(StrEnum):
    """What a couple and its practice agreed on for what one partner tells the practitioner alone."""

    DISCRETION = "discretion"
    NO_SECRETS = "no_secrets"


class MayBeRaised(StrEnum):
    """Whether a practitioner may bring a piece up when both partners are there."""

    NO = "no"
    AFTER_TELLING_THEM = "after_telling_them"
    YES = "yes"


class Subject(StrEnum):
    """What a piece is about, as far as the policy asks."""

    VIOLENCE = "violence"
    SUICIDE = "suicide"
    ANYTHING_ELSE = "anything_else"


@dataclass(frozen=True)
class PolicyChange:
    """From `since` on (the practice's time) this policy holds for what is told."""

    policy: ConfidentialityPolicy
    since: datetime


class MayNotBeRaised(RuleBroken):
    """Under its policy, or for what it is about, this piece stays between the person and the practitioner."""

    code = "may_not_be_raised"


ALWAYS_PRIVATE = frozenset({Subject.VIOLENCE, Subject.SUICIDE})


def may_be_raised(
    policy: ConfidentialityPolicy,
    *,
    subjects: Collection[Subject] = (),
    is_released: bool,
    is_told_first: bool,
) -> MayBeRaised:
    """The answer for one piece that was told under `policy`.

    `is_released`: its writer shares these very words with the other partner. `is_told_first`: a practitioner
    recorded that the person was told before, which frees nothing under discretion.
    """
    if ALWAYS_PRIVATE & frozenset(subjects):
        return MayBeRaised.NO
    if is_released:
        return MayBeRaised.YES
    if policy is ConfidentialityPolicy.DISCRETION:
        return MayBeRaised.NO
    return MayBeRaised.YES if is_told_first else MayBeRaised.AFTER_TELLING_THEM


def stricter(one: ConfidentialityPolicy, other: ConfidentialityPolicy) -> ConfidentialityPolicy:
    """What holds for words that were told under both: discretion, if either was."""
    return one if one is ConfidentialityPolicy.DISCRETION else other


def policy_of_telling(
    changes: Sequence[PolicyChange], *, told_at: datetime, again_at: datetime | None = None
) -> ConfidentialityPolicy:
    """The policy for words first told at `told_at` and told anew at `again_at`: the strictest from one to the other.

    `changes` oldest first; before the first one, discretion held.
    """
    until = again_at or told_at
    held = ConfidentialityPolicy.DISCRETION
    for change in changes:
        if change.since <= told_at:
            held = change.policy
        elif change.since <= until:
            held = stricter(held, change.policy)
    return held
