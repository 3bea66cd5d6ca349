"""What was typed, and above all a stop, is not lost: when the sign-in ends, the proof is old or a service is down."""

import pytest

from tests.gateway.door import bearer
from tests.gateway.pages.care import Care
from tests.gateway.pages.test_check_ins import UNSAFE


@pytest.mark.C1
@pytest.mark.parametrize("page", ["day", "consent"])
@pytest.mark.parametrize("has_cookie", [True, False])
def test_a_stop_that_meets_the_end_of_the_sign_in_says_first_what_counts(
    care: Care, page: str, has_cookie: bool
) -> None:
    session_id = care.is_the_day()
    ana = care.ana()
    ana.get(f"/sessions/{session_id}/{page}")
    care.door.post("/api/v1/sign-out", headers=bearer(ana.cookie))
    if not has_cookie:
        ana.forget()
    said = ana.post(f"/sessions/{session_id}/{page}", {"act": "withdraw"})
    assert said.status_code == 200
    main = said.text[said.text.index("<main") :]
    assert "This hasn’t reached us yet" in main
    assert "Say “stop” to anybody of your team" in main
    assert main.index("Say “stop”") < main.index("Sign in")
    assert ('name="kept.act" value="withdraw"' in main) is has_cookie
    if has_cookie:
        form = {"kept.act": "withdraw", "email": "a@b.c", "by": "password", "secret": "wrong"}
        again = ana.post("/sign-in", {**form, "practice": "nowhere"})
        assert again.status_code in (200, 404)


def test_a_check_in_keeps_its_words_while_the_service_is_down(care: Care) -> None:
    check_in_id = care.has_a_check_in()
    ana = care.ana(care.without("integration"))
    ana.get("/more")
    answers = {**UNSAFE, "words": "The river was loud.", "act": "answer"}
    again = ana.post(f"/check-ins/{check_in_id}", answers)
    assert again.status_code == 422
    assert "The river was loud." in again.text
    assert 'name="mood" value="0" checked' in again.text
    assert f'action="/check-ins/{check_in_id}"' in again.text
    assert ana.get(f"/check-ins/{check_in_id}").status_code == 503
