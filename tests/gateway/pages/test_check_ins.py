"""Check-ins: answered, skipped or not said; and the same words afterwards, whatever was answered."""

from typing import Any
from uuid import uuid4

import pytest

from tests.gateway.pages.care import Care, stable

FINE = {"mood": "7", "sleep_h": "7,5", "is_safe_at_home": "yes", "wants_contact": "no", "words": ""}
UNSAFE = {**FINE, "mood": "0", "is_safe_at_home": "no"}
NOT_SAID = {"mood": "", "sleep_h": "", "is_safe_at_home": "", "words": "  "}


def concerns(care: Care) -> list[Any]:
    return care.world.rows("integration", care.couple.practice, "SELECT urgency FROM safety_concern")


@pytest.mark.parametrize(("answers", "worries"), [(FINE, False), (UNSAFE, True), (NOT_SAID, False)])
def test_after_any_answer_the_page_is_the_same(care: Care, answers: dict[str, str], worries: bool) -> None:
    check_in_id = care.has_a_check_in()
    ana = care.ana()
    assert f'href="/check-ins/{check_in_id}"' in ana.get("/check-ins").text
    ana.get(f"/check-ins/{check_in_id}")
    sent = ana.post(f"/check-ins/{check_in_id}", {**answers, "act": "answer"})
    assert (sent.status_code, sent.headers["Location"]) == (303, "/check-ins/after"), sent.text
    assert bool(concerns(care)) is worries
    after = ana.get("/check-ins/after")
    assert "call or text 988" in after.text
    assert stable(after) == stable(care.ana().get("/check-ins/after"))
    assert "Nothing is open right now." in ana.get("/check-ins").text
    assert ana.get(f"/check-ins/{check_in_id}").status_code == 404


def test_skipping_stands_beside_sending_and_tells_nobody(care: Care) -> None:
    check_in_id = care.has_a_check_in()
    ana = care.ana()
    page = ana.get(f"/check-ins/{check_in_id}").text
    assert "Skip this one" in page
    assert "I’d rather not say" in page
    assert ana.post(f"/check-ins/{check_in_id}", {"act": "skip"}).headers["Location"] == "/check-ins"
    assert concerns(care) == []
    assert "Nothing is open right now." in ana.get("/check-ins").text


def test_what_is_wrong_stands_beside_its_field_and_the_words_stay(care: Care) -> None:
    check_in_id = care.has_a_check_in()
    ana = care.ana()
    ana.get(f"/check-ins/{check_in_id}")
    wrong = ana.post(
        f"/check-ins/{check_in_id}", {**FINE, "sleep_h": "<b>a lot", "words": "The river.", "act": "answer"}
    )
    assert wrong.status_code == 422
    assert 'id="f-sleep_h-error"' in wrong.text
    assert "a number from 0 to 24" in wrong.text
    assert "&lt;b&gt;a lot" in wrong.text
    assert "The river." in wrong.text
    assert 'value="7" checked' in wrong.text
    assert ana.post(f"/check-ins/{check_in_id}", {**FINE, "mood": "11"}).status_code == 422
    assert ana.post(f"/check-ins/{check_in_id}", {**FINE, "mood": "nan"}).status_code == 422
    assert ana.post(f"/check-ins/{check_in_id}", {**FINE, "mood": "9" * 400}).status_code == 422


def test_the_others_check_in_looks_like_none(care: Care) -> None:
    check_in_id = care.has_a_check_in()
    bo = care.bo()
    denied, missing = (bo.get(f"/check-ins/{one}") for one in (check_in_id, uuid4()))
    assert (denied.status_code, stable(denied)) == (404, stable(missing))
    bo.get("/more")
    assert bo.post(f"/check-ins/{check_in_id}", {**FINE, "act": "answer"}).status_code == 404
