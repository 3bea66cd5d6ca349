"""A couple's page: what the care team sees of it, what the desk sees, and what nobody does."""

from uuid import uuid4

import pytest

from tests.gateway.care_pages.clinic import Clinic, a_word


def test_the_care_team_sees_gate_consents_readiness_and_time(clinic: Clinic) -> None:
    session_id = clinic.couple.plan()
    clinic.couple.consent(clinic.couple.ana, session_id)
    page = clinic.ines().get(clinic.path)
    assert page.status_code == 200
    for words in (
        "Ketamine clinic",
        "Discretion",
        "Not decided",
        "Neither partner sees the other’s.",
        "Given",
    ):
        assert words in page.text, words
    assert "4 of 12 hold" in page.text
    assert "mark circle" in page.text
    assert "mark diamond" in page.text
    assert 'class="ahead both"' in page.text


@pytest.mark.P3
def test_a_private_disclosure_is_marked_without_its_words_and_opened_on_a_page_of_its_own(
    clinic: Clinic,
) -> None:
    secret, shared = a_word(), a_word()
    clinic.writes(clinic.sam_id, "past", secret)
    clinic.writes(clinic.couple.partner_ids[1], "hope", shared, shares=True)
    ines = clinic.ines()
    page = ines.get(clinic.path).text
    assert "Private disclosure from Sam" in page
    assert "Noor doesn’t know." in page
    assert "Private disclosure from Noor" not in page
    assert secret not in page
    assert shared not in page
    before = _looks(clinic)
    opened = ines.get(f"{clinic.path}/told/{clinic.sam_id}").text
    assert secret in opened
    assert "Don’t raise it in joint work." in opened
    assert _looks(clinic) > before
    assert "Sam reads these words too" in ines.get(f"{clinic.path}/told/{clinic.couple.partner_ids[1]}").text


def test_under_no_secrets_i_say_that_i_told_them_first(clinic: Clinic) -> None:
    ines = clinic.ines()
    ines.get(clinic.path)
    changed = ines.post(f"{clinic.path}/confidentiality", {"policy": "no_secrets", "version": "1"})
    assert changed.status_code == 303, changed.text
    clinic.writes(clinic.sam_id, "past", a_word())
    told = f"{clinic.path}/told/{clinic.sam_id}"
    assert "Tell Sam first." in ines.get(told).text
    assert ines.post(f"{told}/intention/past", {"version": "99"}).status_code == 422, "other words by now"
    ines.get(told)
    assert ines.post(f"{told}/intention/past", {"version": "1"}).status_code == 303
    assert "You may raise them." in ines.get(told).text


def test_a_stale_policy_is_said_and_nothing_changed(clinic: Clinic) -> None:
    ines = clinic.ines()
    ines.get(clinic.path)
    answer = ines.post(f"{clinic.path}/confidentiality", {"policy": "no_secrets", "version": "7"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "Discretion" in ines.get(clinic.path).text


def test_the_desk_sees_names_and_nothing_clinical(clinic: Clinic) -> None:
    clinic.couple.plan()
    clinic.writes(clinic.sam_id, "past", a_word())
    fay = clinic.fay()
    page = fay.get(clinic.path).text
    assert "Sam" in page
    assert "Book an appointment" in page
    for words in ("Private disclosure", "Readiness", "Consents", "hold", "Integration journeys"):
        assert words not in page, words


@pytest.mark.P2
def test_a_couple_i_don_t_treat_looks_like_none_at_all(clinic: Clinic) -> None:
    maren, nobody = clinic.maren(), uuid4()
    theirs, none = maren.get(clinic.path), maren.get(f"/couples/{nobody}")
    assert theirs.status_code == none.status_code == 404
    assert _without(theirs.text, str(clinic.couple.couple_id)) == _without(none.text, str(nobody))
    for path in ("readiness", "told"):
        assert maren.get(f"{clinic.path}/{path}/{clinic.sam_id}").status_code == 404
    assert clinic.fay().get(f"{clinic.path}/readiness/{clinic.sam_id}").status_code == 404


def test_in_an_emergency_it_is_opened_for_a_reason_and_a_time(clinic: Clinic) -> None:
    maren = clinic.maren()
    form = f"{clinic.path}/emergency"
    maren.get(form)
    empty = maren.post(form, {"reason": "", "duration_min": "60"})
    assert empty.status_code == 422
    assert 'id="f-reason-error"' in empty.text
    opened = maren.post(form, {"reason": a_word(), "duration_min": "15"})
    assert opened.status_code == 303, opened.text
    clinic.world.pump()
    page = maren.get(clinic.path)
    assert page.status_code == 200
    assert "You read this in an emergency" in page.text
    assert "Decide for Sam" not in page.text
    assert "A couple, open to you until" in maren.get("/couples").text
    assert (
        maren.post(f"/couples/{uuid4()}/emergency", {"reason": "x", "duration_min": "15"}).status_code == 404
    )


def test_readiness_is_decided_with_a_day_and_shown_with_its_reason(clinic: Clinic) -> None:
    ines, form = clinic.ines(), f"{clinic.path}/readiness/{clinic.sam_id}"
    reason = a_word()
    ines.get(form)
    wrong = ines.post(form, {"decision": "ready", "reason": reason, "expires_at": ""})
    assert wrong.status_code == 422
    assert 'id="f-expires_at-error"' in wrong.text
    assert reason in wrong.text, "what was typed stays"
    assert ines.post(form, {"reason": reason}).status_code == 422
    until = (clinic.couple.now.date().replace(day=1)).isoformat()
    assert ines.post(form, {"decision": "ready", "reason": reason, "expires_at": until}).status_code == 422
    plan = ines.post(form, {"decision": "not_yet", "reason": reason, "expires_at": "2030-01-01"})
    assert plan.status_code == 303, plan.text
    page = ines.get(clinic.path).text
    assert "Not yet" in page
    assert reason in page
    assert ines.post(f"{clinic.path}/prepared/{clinic.sam_id}").status_code == 303
    assert "Record that Sam’s preparation is done" not in ines.get(clinic.path).text
    assert reason not in clinic.fay().get(clinic.path).text


def test_a_service_that_is_down_leaves_its_parts_of_the_couple(clinic: Clinic) -> None:
    page = clinic.ines(clinic.without("sessions")).get(clinic.path)
    assert page.status_code == 200
    assert "This can’t be shown right now" in page.text
    assert "Not decided" in page.text


def _looks(clinic: Clinic) -> int:
    sql = "SELECT 1 FROM audit_row WHERE kind = 'intention_part'"
    chained = "SELECT 1 FROM audit_chain WHERE kind = 'intention_part'"
    return sum(len(clinic.world.rows("intake", clinic.practice.id, one)) for one in (sql, chained))


def _without(page: str, ident: str) -> str:
    return "".join(
        line
        for line in page.replace(ident, "").splitlines()
        if "csrf_token" not in line and "form_key" not in line
    )
