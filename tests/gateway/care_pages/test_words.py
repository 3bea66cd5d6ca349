"""Every value that a service may give has its words on the care team's pages: none is left out or breaks one."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from services.gateway.language import page_texts
from services.gateway.pages import care_words
from services.intake.domain import Part
from services.integration.domain import Channel, ConcernKind
from services.sessions.domain.gate import Condition
from services.sessions.domain.states import BookingState, ConsentState, MedicineState
from shared.confidentiality import ConfidentialityPolicy
from shared.events.intake import Readiness
from shared.events.integration import Urgency
from shared.events.sessions import Programme, SessionKind


@pytest.mark.parametrize(
    ("known", "values"),
    [
        (care_words.KINDS, SessionKind),
        (care_words.STATES, [*BookingState, *MedicineState]),
        (care_words.CONSENTS, ConsentState),
        (care_words.DECISIONS, Readiness),
        (care_words.CONDITIONS, Condition),
        (care_words.PROGRAMMES, Programme),
        (care_words.POLICIES, ConfidentialityPolicy),
        (care_words.POLICY_HINTS, ConfidentialityPolicy),
        (care_words.CONCERNS, ConcernKind),
        (care_words.URGENCIES, Urgency),
        (care_words.PARTS, Part),
        (care_words.CHANNELS, Channel),
    ],
)
def test_every_value_has_its_words(known: Mapping[str, Any], values: Iterable[str]) -> None:
    assert set(known) == {str(one) for one in values}
    texts = page_texts("en")
    for found in known.values():
        assert (found.words if isinstance(found, care_words.Mark) else found) in texts
