"""Which one step Today offers."""

from typing import Any

import pytest

from services.gateway.pages.next_step import Kind, next_step, waiting_for_consent

PARTS = ("hope", "meeting_what_surfaces", "honouring_limits", "past")


def intention(*parts: str, text: str = "words") -> dict[str, Any]:
    return {"parts": [{"part": part, "text": text} for part in parts]}


ALL: dict[str, Any] = {
    "check_ins": [{"check_in_id": "c"}],
    "sessions": [{"session_id": "s", "kind": "medicine", "state": "not_scheduled_yet"}],
    "consents": [{"session_id": "s", "state": "not_given"}],
    "intention": intention("hope"),
    "inbox": [{"message_id": "m", "is_read": False}],
}
REST: dict[str, Any] = {
    "check_ins": [],
    "consents": [{"session_id": "s", "state": "given"}],
    "intention": intention(*PARTS),
    "inbox": [{"message_id": "m", "is_read": True}],
}


@pytest.mark.parametrize(
    ("at_rest", "kind", "path"),
    [
        ((), Kind.CHECK_IN, "/check-ins/c"),
        (("check_ins",), Kind.CONSENT, "/sessions/s/consent"),
        (("check_ins", "consents"), Kind.INTENTION, "/prepare/intention/2"),
        (("check_ins", "consents", "intention"), Kind.NOTICE, "/notices"),
        (("check_ins", "consents", "intention", "inbox"), Kind.NOTHING, ""),
    ],
)
def test_the_first_that_waits_is_the_one(at_rest: tuple[str, ...], kind: Kind, path: str) -> None:
    step = next_step(**{**ALL, **{name: REST[name] for name in at_rest}})
    assert (step.kind, step.path) == (kind, path)


@pytest.mark.parametrize("state", ["given", "reaffirmed", "withdrawn"])
def test_nobody_is_asked_again_for_a_consent_they_decided_on(state: str) -> None:
    decided = {**ALL, **REST, "consents": [{"session_id": "s", "state": state}]}
    assert next_step(**decided).kind is Kind.NOTHING


@pytest.mark.parametrize("state", ["in_progress", "completed"])
def test_nobody_is_asked_for_an_intention_afterwards(state: str) -> None:
    had = [{"session_id": "s", "kind": "medicine", "state": state}]
    assert next_step(**{**ALL, **REST, "intention": intention(), "sessions": had}).kind is Kind.NOTHING


def test_words_that_were_taken_back_are_no_answer() -> None:
    emptied = {**ALL, **REST, "intention": intention(*PARTS, text="")}
    assert next_step(**emptied).path == "/prepare/intention/1"


@pytest.mark.parametrize("missing", ["check_ins", "sessions", "consents", "intention", "inbox"])
def test_what_could_not_be_asked_is_not_called_nothing(missing: str) -> None:
    assert next_step(**{**ALL, **REST, missing: None}).kind is Kind.UNKNOWN
    assert next_step(**{**ALL, **REST, "inbox": ALL["inbox"], missing: None}).kind in (
        Kind.NOTICE,
        Kind.UNKNOWN,
    )


def test_only_a_long_session_that_lies_ahead_waits_for_a_consent() -> None:
    states = ("not_scheduled_yet", "confirmed", "not_going_ahead", "in_progress", "completed")
    sessions = [{"session_id": state, "kind": "medicine", "state": state} for state in states]
    others = [{"session_id": "talk", "kind": "preparation", "state": "confirmed"}]
    assert waiting_for_consent([*sessions, *others]) == ["not_scheduled_yet", "confirmed"]
