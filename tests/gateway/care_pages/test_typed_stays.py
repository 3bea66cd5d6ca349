"""A clinician's typed words stay on the form while the services behind it are down."""

import pytest

from tests.gateway.care_pages.clinic import Clinic, a_word


@pytest.mark.parametrize("down", ["intake", "sessions"])
def test_what_was_typed_outlives_a_service_that_is_down(clinic: Clinic, down: str) -> None:
    ines, word = clinic.ines(clinic.without(down)), a_word()
    ines.get("/more")
    if down == "intake":
        decided = ines.post(f"{clinic.path}/readiness/{clinic.sam_id}", {"decision": "ready", "reason": word})
        assert decided.status_code == 422
        assert word in decided.text
        assert 'value="ready" checked' in decided.text
    planned = {
        "starts_at": "", "taking_ids": [str(clinic.sam_id)], "room_id": word, "duration_min": "181",
        "practitioner_ids": [str(clinic.couple.practitioner_id)], "programme": "none",
    }  # fmt: skip
    plan = ines.post(f"{clinic.path}/plan", planned)
    assert plan.status_code == 422
    assert 'value="181"' in plan.text
    assert f'name="taking_ids" value="{clinic.sam_id}"' in plan.text
    assert str(clinic.couple.practitioner_id) in plan.text
    assert (word in plan.text) is (down == "sessions"), "a choice that can't be shown goes along"
    fay = clinic.visitor(clinic.fay_id, clinic.without(down))
    fay.get("/more")
    if down == "intake":
        invited = fay.post(f"/desk{clinic.path}/invite/{clinic.sam_id}", {"email": f"{word} at x"})
        assert invited.status_code == 422
        assert f'value="{word} at x"' in invited.text
