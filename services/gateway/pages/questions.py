"""The questions of an intention, in the order in which they are asked. Their addresses say nothing of their themes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.errors import NotFound


@dataclass(frozen=True)
class Question:
    """`part` is intake's name for it; the others are keys of texts, `note` may be none."""

    number: int
    part: str
    heading: str
    lead: str
    note: str = ""

    @property
    def path(self) -> str:
        return f"/prepare/intention/{self.number}"

    @property
    def next_path(self) -> str:
        """The question after it; after the last one, all answers."""
        return (
            f"/prepare/intention/{self.number + 1}" if self.number < len(QUESTIONS) else "/prepare/intention"
        )


QUESTIONS = (
    Question(1, "hope", "ask_hope", "ask_hope_lead"),
    Question(2, "meeting_what_surfaces", "ask_meeting", "ask_meeting_lead", "ask_meeting_note"),
    Question(3, "honouring_limits", "ask_limits", "ask_limits_lead", "ask_limits_note"),
    Question(4, "past", "ask_past", "ask_past_lead", "ask_past_note"),
)
BY_PART = {question.part: question for question in QUESTIONS}


def question_of(number: int) -> Question:
    """Raises NotFound for a number without a question."""
    if not 1 <= number <= len(QUESTIONS):
        raise NotFound
    return QUESTIONS[number - 1]


def answers(intention: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The parts that hold words, by name: words that were taken back are no answer."""
    return {one["part"]: one for one in intention["parts"] if one["text"]}
