"""The one next step of a partner's Today: a pure function of what the services say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from services.gateway.pages.questions import QUESTIONS, answers

_AHEAD = frozenset({"not_scheduled_yet", "confirmed"})
_HAD = frozenset({"in_progress", "completed"})

Items = Sequence[Mapping[str, Any]]


class Kind(StrEnum):
    """What there is to do, the first of these that holds."""

    CHECK_IN = "check_in"
    CONSENT = "consent"
    INTENTION = "intention"
    NOTICE = "notice"
    NOTHING = "nothing"
    UNKNOWN = "unknown"  # nothing is known to be there, and a service that could say did not answer


@dataclass(frozen=True)
class Step:
    """`path` is the page of the step; `ref` tells two steps of the same kind apart."""

    kind: Kind
    path: str = ""
    ref: str = ""


def waiting_for_consent(sessions: Items) -> list[str]:
    """The medicine sessions, by id, to which somebody's own consent may still be asked."""
    return [
        str(one["session_id"]) for one in sessions if one["kind"] == "medicine" and one["state"] in _AHEAD
    ]


def next_step(
    *,
    check_ins: Items | None,
    sessions: Items | None,
    consents: Items | None,
    intention: Mapping[str, Any] | None,
    inbox: Items | None,
) -> Step:
    """An open check-in, then a consent that waits, then a question of the intention, then a notice.

    `consents` are a person's own, of the sessions that wait for one; None stands for what could not be asked.
    """
    if check_ins:
        ref = str(check_ins[0]["check_in_id"])
        return Step(Kind.CHECK_IN, f"/check-ins/{ref}", ref)
    for consent in consents or ():
        if consent["state"] == "not_given":
            ref = str(consent["session_id"])
            return Step(Kind.CONSENT, f"/sessions/{ref}/consent", ref)
    if intention is not None and not _is_session_had(sessions or ()):
        answered = answers(intention)
        for question in QUESTIONS:
            if question.part not in answered:
                return Step(Kind.INTENTION, question.path, question.part)
    for message in inbox or ():
        if not message["is_read"]:
            return Step(Kind.NOTICE, "/notices", str(message["message_id"]))
    is_known = None not in (check_ins, sessions, consents, intention, inbox)
    return Step(Kind.NOTHING if is_known else Kind.UNKNOWN)


def _is_session_had(sessions: Items) -> bool:
    """Whether preparation lies behind this person: nobody is asked for it afterwards."""
    return any(one["kind"] == "medicine" and one["state"] in _HAD for one in sessions)
