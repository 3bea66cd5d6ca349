"""The gate as a pure rule: which conditions keep it shut, and for whom."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.sessions.domain.gate import Condition, Facts, PersonFacts, is_open, verdicts
from shared.events.intake import Readiness
from shared.events.sessions import Programme

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ANA, BO = uuid4(), uuid4()
READY = PersonFacts(
    person_id=ANA,
    is_taking=True,
    has_consent=True,
    readiness=Readiness.READY,
    readiness_expires_at=NOON,
    is_prepared=True,
    has_transport_plan=True,
    integration_starts=(NOON + timedelta(hours=20),),
)
ALL_MET = Facts(
    programme=Programme.KETAMINE_CLINIC,
    starts_at=NOON,
    ends_at=NOON + timedelta(hours=3),
    people=(READY, PersonFacts(person_id=BO, is_taking=False, has_consent=True)),
)


def test_the_gate_opens_when_everything_holds() -> None:
    assert is_open(ALL_MET)


@pytest.mark.parametrize(
    ("changed", "condition", "person_id"),
    [
        (replace(ALL_MET, people=(replace(READY, has_consent=False),)), Condition.CONSENT, ANA),
        (replace(ALL_MET, people=(replace(READY, is_prepared=False),)), Condition.PREPARATION_COMPLETED, ANA),
        (replace(ALL_MET, people=(replace(READY, has_transport_plan=False),)), Condition.TRANSPORT_PLAN, ANA),
        (replace(ALL_MET, people=(replace(READY, readiness=Readiness.NOT_YET),)), Condition.READINESS, ANA),
        (
            replace(ALL_MET, people=(replace(READY, readiness_expires_at=NOON - timedelta(seconds=1)),)),
            Condition.READINESS,
            ANA,
        ),
        (
            replace(ALL_MET, people=(READY, PersonFacts(person_id=BO, is_taking=False))),
            Condition.CONSENT,
            BO,
        ),
        (
            replace(ALL_MET, people=(READY, replace(READY, person_id=BO, integration_starts=()))),
            Condition.INTEGRATION_WITHIN_72H,
            None,
        ),
        (
            replace(ALL_MET, people=(replace(READY, integration_starts=(NOON + timedelta(days=7),)),)),
            Condition.INTEGRATION_WITHIN_72H,
            None,
        ),
        (replace(ALL_MET, previous_end=NOON - timedelta(hours=71)), Condition.SPACING, None),
        (
            replace(
                ALL_MET, people=(READY, replace(READY, person_id=BO, is_previous_integration_done=False))
            ),
            Condition.PREVIOUS_INTEGRATION_DONE,
            None,
        ),
        (replace(ALL_MET, is_somebody_in_conflict=True), Condition.NO_CONFLICT_OF_INTEREST, None),
    ],
)
def test_each_condition_alone_keeps_the_gate_shut(
    changed: Facts, condition: Condition, person_id: UUID | None
) -> None:
    missing = [(one.condition, one.person_id) for one in verdicts(changed) if not one.is_met]
    assert missing == [(condition, person_id)]
    assert not is_open(changed)
