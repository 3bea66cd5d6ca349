"""Consent: read, sign, say yes again on the day, and withdraw in one tap, whatever else fails."""

import re
from datetime import timedelta
from uuid import UUID

import pytest

from shared.events.sessions import ConsentWithdrawn
from tests.gateway.pages.care import Care, stable
from tests.sessions.couple_in_care import told


def state_of(care: Care, session_id: str, person_id: UUID | None = None) -> str:
    answer = care.asks("sessions", person_id).get(f"/me/medicine-sessions/{session_id}/consent")
    return str(answer.json["state"])


def version(page: str) -> str:
    found = re.search(r'name="text_version" value="([^"]+)"', page)
    assert found
    return found[1]


def test_each_reads_and_signs_alone(care: Care) -> None:
    session_id = care.couple.plan()
    ana, here = care.ana(), f"/sessions/{session_id}/consent"
    page = ana.get(here).text
    assert "I agree to take part in this session" in page
    assert "Acepto participar en esta sesión" in ana.get(here, **{"Accept-Language": "es"}).text
    signed = ana.post(here, {"act": "sign", "read": "1", "text_version": version(page)})
    assert (signed.status_code, signed.headers["Location"]) == (303, here)
    assert state_of(care, session_id) == "given"
    assert state_of(care, session_id, care.couple.partner_ids[1]) == "not_given"
    page = ana.get(here).text
    assert "You signed this" in page
    assert 'value="sign"' not in page


def test_what_was_not_read_is_not_signed(care: Care) -> None:
    session_id = care.couple.plan()
    ana, here = care.ana(), f"/sessions/{session_id}/consent"
    page = ana.get(here).text
    asked = ana.post(here, {"act": "sign", "text_version": version(page)})
    assert asked.status_code == 422
    assert 'id="f-read-error"' in asked.text
    assert "Tick this once you have read the text" in asked.text
    outdated = ana.post(here, {"act": "sign", "read": "1", "text_version": "2020-01"})
    assert outdated.status_code == 422
    assert 'role="alert"' in outdated.text
    assert state_of(care, session_id) == "not_given"
    assert ana.post(here, {"act": "decline"}).status_code == 422


@pytest.mark.C1
def test_one_tap_withdraws_and_the_page_says_who_is_told(care: Care) -> None:
    session_id, _ = care.couple.confirmed()
    ana, here = care.ana(), f"/sessions/{session_id}/consent"
    page = ana.get(here).text
    assert "confirm(" not in page
    assert "hx-confirm" not in page
    assert "<dialog" not in page
    gone = ana.post(here, {"act": "withdraw"})
    assert (gone.status_code, gone.headers["Location"]) == (303, here)
    assert state_of(care, session_id) == "withdrawn"
    assert care.couple.state_of(session_id) == "held"
    page = ana.get(here).text
    for words in (
        "You’ve withdrawn your consent",
        "Who is told",
        "care team is told at once",
        "isn’t told that it was you",
    ):
        assert words in page
    assert len(told(care.world, care.couple.practice, ConsentWithdrawn)) == 1


@pytest.mark.C1
def test_a_withdrawal_always_acts_from_an_old_page_too(care: Care) -> None:
    session_id, _ = care.couple.confirmed()
    ana, here = care.ana(), f"/sessions/{session_id}/consent"
    ana.get(here)
    ana.post(here, {"act": "withdraw"})
    care.couple.consent(care.couple.ana, session_id)
    assert state_of(care, session_id) == "given"
    ana.post(here, {"act": "withdraw"})
    assert state_of(care, session_id) == "withdrawn"


@pytest.mark.C1
def test_a_withdrawal_that_does_not_arrive_says_so_first(care: Care) -> None:
    session_id, _ = care.couple.confirmed()
    ana = care.ana(care.without("sessions", only=lambda request: request.method == "POST"))
    here = f"/sessions/{session_id}/consent"
    ana.get(here)
    lost = ana.post(here, {"act": "withdraw"})
    assert lost.status_code == 503
    assert "This hasn’t reached us yet" in lost.text
    assert f'action="{here}"' in lost.text
    assert state_of(care, session_id) == "given"


@pytest.mark.P1
@pytest.mark.parametrize("rest", ["", "/consent"])
def test_the_others_choice_is_nowhere(care: Care, rest: str) -> None:
    session_id = care.couple.plan()
    bo = care.bo()
    before = stable(bo.get(f"/sessions/{session_id}{rest}"))
    care.couple.consent(care.couple.ana, session_id)
    signed = stable(bo.get(f"/sessions/{session_id}{rest}"))
    care.couple.withdraw(care.couple.ana, session_id)
    assert before == signed == stable(bo.get(f"/sessions/{session_id}{rest}"))


def test_on_the_day_it_is_asked_again(care: Care) -> None:
    session_id = care.is_the_day()
    ana, here = care.ana(), f"/sessions/{session_id}/consent"
    page = ana.get(here).text
    assert "Today we ask again" in page
    assert page.count('value="withdraw"') == 1
    assert ana.post(here, {"act": "again"}).status_code == 303
    assert state_of(care, session_id) == "reaffirmed"
    assert "You said yes again today" in ana.get(here).text


def test_on_another_day_it_is_not(care: Care) -> None:
    session_id, _ = care.couple.confirmed()
    care.world.move_clock(care.couple.practice, timedelta(minutes=15))
    care.gateway_follows()
    ana, here = care.ana(), f"/sessions/{session_id}/consent"
    assert "Today we ask again" not in ana.get(here).text
    too_early = ana.post(here, {"act": "again"})
    assert too_early.status_code == 422
    assert 'role="alert"' in too_early.text
    assert state_of(care, session_id) == "given"
