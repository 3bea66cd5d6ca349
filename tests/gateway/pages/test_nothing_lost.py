"""What was typed, and above all a stop, is not lost: when the sign-in ends, the proof is old or a service is down."""

import html
import re
from datetime import timedelta

import httpx
import pytest

from tests.gateway.door import bearer
from tests.gateway.inviting import Notify
from tests.gateway.means import comes_by_invitation, real_practice
from tests.gateway.pages.care import Care
from tests.gateway.pages.test_check_ins import UNSAFE
from tests.gateway.visitor import Visitor
from tests.world.world import MovingClock, World


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


@pytest.mark.parametrize("answer", [412, 503])
def test_a_long_answer_outlives_the_proof(
    clinic_person: tuple[Visitor, object], real_clock: MovingClock, answer: int
) -> None:
    visitor, human = clinic_person
    visitor.get("/ways-in")
    real_clock.ahead += timedelta(minutes=16)
    words = "a long & <hard> answer"
    asked = visitor.post("/prepare/intention/1", {"text": words, "version": "1"})
    assert asked.status_code == 200, asked.headers.get("Location")
    assert "What you wrote is still here" in asked.text
    kept = {
        name: html.unescape(value)
        for name, value in re.findall(r'name="(kept[^"]*)" value="([^"]*)"', asked.text)
    }
    assert kept["kept.text"] == words
    assert 'action="/exit"' in asked.text
    wrong = visitor.post("/is-it-you", {**kept, "by": "one_time_password", "secret": "000000"})
    assert 'name="kept.text" value="a long &amp; &lt;hard&gt; answer"' in wrong.text
    code = human.code()  # type: ignore[attr-defined]
    back = visitor.post("/is-it-you", {**kept, "by": "one_time_password", "secret": code})
    assert back.status_code == 200, back.headers.get("Location")
    assert 'action="/prepare/intention/1"' in back.text
    assert 'name="text" value="a long &amp; &lt;hard&gt; answer"' in back.text
    assert 'action="/exit"' in back.text
    forged = {**kept, "kept_by": "somebody", "by": "recovery_code"}
    other = visitor.post("/is-it-you", {**forged, "secret": human.recovery_codes[0]})  # type: ignore[attr-defined]
    assert other.status_code == 303
    assert "hard" not in other.text


@pytest.fixture
def clinic_person(
    clinic: object, notify: Notify, world: World, answer: int, monkeypatch: pytest.MonkeyPatch
) -> tuple[Visitor, object]:
    """A partner with a second means, at a gateway whose intake answers like this."""
    real = real_practice(clinic)  # type: ignore[arg-type]
    human = comes_by_invitation(real, notify)
    assert human.add_codes().status_code == 200
    services = real.door.app.extensions["gateway_upstream"]
    refused = httpx.Response(
        answer, json={"code": "stale"}, headers={"Content-Type": "application/problem+json"}
    )
    client = httpx.Client(
        base_url="http://intake", transport=httpx.MockTransport(lambda _: refused), trust_env=False
    )
    monkeypatch.setitem(services._clients, "intake", client)
    return Visitor(real.door, cookie=human.token), human


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


@pytest.mark.parametrize("path", ["/check-ins/00000000-0000-0000-0000-000000000000", "/day", "/nowhere"])
def test_a_partner_can_leave_from_a_page_that_is_not_there(care: Care, path: str) -> None:
    ana = care.ana()
    shown = ana.get(path)
    assert shown.status_code == 404
    assert 'action="/exit"' in shown.text
    assert 'action="/exit"' not in Visitor(care.door).get("/nowhere").text
    left = Visitor(care.door, cookie=ana.cookie).post("/exit")
    assert left.status_code == 200, "it needs no token: this page has none"
    assert "Sign in" in ana.get("/today").text


def test_the_sign_in_page_after_the_end_has_the_quick_exit(care: Care) -> None:
    ana = care.ana()
    ana.get("/journal/new")
    care.door.post("/api/v1/sign-out", headers=bearer(ana.cookie))
    assert 'action="/exit"' in ana.post("/journal/new", {"feelings": "x"}).text
    assert 'action="/exit"' not in Visitor(care.door).get("/sign-in").text
