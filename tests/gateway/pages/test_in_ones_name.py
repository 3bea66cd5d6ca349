"""What is said in somebody's own name asks for a fresh proof; taking it back never does."""

import html
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.gateway.policy import speaks_for_them
from tests.gateway.door import door_to
from tests.gateway.inviting import Notify
from tests.gateway.means import Human, comes_by_invitation
from tests.gateway.pages.test_consent import version
from tests.gateway.visitor import Visitor
from tests.sessions.couple_in_care import CoupleInCare, couple_in_care
from tests.world.world import MovingClock, World


@dataclass
class Clinic:
    """A practice that is no demo: Ana signs in with codes, behind the door are the real sessions and intake."""

    couple: CoupleInCare
    ana: Human
    notify: Notify

    @property
    def browser(self) -> Visitor:
        return Visitor(self.ana.practice.door, cookie=self.ana.token)

    def state(self, session_id: str) -> str:
        """Of Ana's consent, as it is written down: whose proof is old asks nobody for it."""
        query = "SELECT state FROM consent WHERE session_id = %s AND person_id = %s"
        asked = (session_id, self.ana.person_id)
        rows = self.couple.world.rows("sessions", self.couple.practice, query, *asked)
        return str(rows[0].state) if rows else "not_given"


@pytest.fixture
def clinic_of_two(world: World, notify: Notify, real_clock: MovingClock) -> Clinic:
    def to(name: str) -> Any:
        return httpx.WSGITransport(app=world.sides[name].app).handle_request

    door = door_to(world, {"notify": notify, "sessions": to("sessions"), "intake": to("intake")})
    practice = door.create_practice(is_demo=False)
    couple = couple_in_care(world, practice=practice.id)
    ana = comes_by_invitation(practice, notify, person_id=couple.partner_ids[0])
    assert ana.add_codes().status_code == 200
    return Clinic(couple, ana, notify)


def kept_on(page: Any) -> dict[str, str]:
    assert page.status_code == 200, page.headers.get("Location")
    found = re.findall(r'name="(kept[^"]*)" value="([^"]*)"', page.text)
    return {name: html.unescape(value) for name, value in found}


def test_signing_with_an_old_proof_asks_once_more_and_keeps_what_was_ticked(
    clinic_of_two: Clinic, real_clock: MovingClock
) -> None:
    session_id = clinic_of_two.couple.plan()
    ana, here = clinic_of_two.browser, f"/sessions/{session_id}/consent"
    page = ana.get(here).text
    real_clock.ahead += timedelta(minutes=16)
    asked = ana.post(here, {"act": "sign", "read": "1", "text_version": version(page)})
    kept = kept_on(asked)
    assert (kept["kept.act"], kept["kept.read"], kept["kept_path"]) == ("sign", "1", here)
    assert clinic_of_two.state(session_id) == "not_given"
    shown = {"by": "one_time_password", "secret": clinic_of_two.ana.code()}
    back = ana.post("/is-it-you", {**kept, **shown})
    assert f'action="{here}"' in back.text
    again = dict(re.findall(r'name="(act|read|text_version)" value="([^"]*)"', back.text))
    assert ana.post(here, again).headers["Location"] == here
    assert clinic_of_two.state(session_id) == "given"


@pytest.mark.C1
@pytest.mark.parametrize("page", ["consent", "day"])
def test_withdrawing_with_an_old_proof_works_at_once(
    clinic_of_two: Clinic, real_clock: MovingClock, page: str
) -> None:
    session_id, _ = clinic_of_two.couple.confirmed()
    ana = clinic_of_two.browser
    ana.get(f"/sessions/{session_id}/consent")
    real_clock.ahead += timedelta(minutes=16)
    here = f"/sessions/{session_id}/{page}"
    assert ana.post(here, {"act": "withdraw"}).headers["Location"] == here
    assert clinic_of_two.state(session_id) == "withdrawn"
    for act in ("sign", "again"):  # nor does who holds her phone undo it
        ana.get(f"/sessions/{session_id}/consent")
        form = {"act": act, "read": "1", "text_version": "1"}
        assert kept_on(ana.post(f"/sessions/{session_id}/consent", form))["kept.act"] == act
    assert clinic_of_two.state(session_id) == "withdrawn"


def test_on_the_day_saying_yes_again_asks_too(clinic_of_two: Clinic, real_clock: MovingClock) -> None:
    session_id, _ = clinic_of_two.couple.confirmed()
    ana = clinic_of_two.browser
    ana.get(f"/sessions/{session_id}/consent")
    real_clock.ahead += timedelta(minutes=16)
    assert kept_on(ana.post(f"/sessions/{session_id}/day", {"act": "again"}))["kept.act"] == "again"


def test_over_the_api_it_is_the_same(clinic_of_two: Clinic, real_clock: MovingClock) -> None:
    session_id, _ = clinic_of_two.couple.confirmed()
    own = f"/sessions/me/medicine-sessions/{session_id}"
    ana, text = clinic_of_two.ana, clinic_of_two.ana.get(f"{own}/consent").json["text_version"]
    real_clock.ahead += timedelta(minutes=16)
    for path, body in ((f"{own}/consent", {"text_version": text}), (f"{own}/reaffirm", {})):
        assert ana.post(path, body).json["code"] == "step_up_needed", path
    assert ana.get(f"{own}/consent").status_code == 200, "reading it is not held up"
    withdrawn = ana.post(f"{own}/withdraw", {})
    assert withdrawn.status_code == 201, withdrawn.text
    assert clinic_of_two.state(session_id) == "withdrawn"


def test_an_address_is_marked_as_safe_with_a_fresh_proof_and_as_not_safe_at_once(
    clinic_of_two: Clinic, real_clock: MovingClock
) -> None:
    contact_id = "0" * 8 + "-0000-4000-8000-" + "0" * 12
    here, own = "/more/notifications/address", f"/notify/me/contacts/{contact_id}/mark"
    visitor, ana = clinic_of_two.browser, clinic_of_two.ana
    visitor.get("/ways-in")
    assert ana.post(own, {"is_safe": True}).status_code == 200
    real_clock.ahead += timedelta(minutes=16)
    assert visitor.post(here, {"contact_id": contact_id, "is_safe": "no"}).status_code == 303
    assert kept_on(visitor.post(here, {"contact_id": contact_id, "is_safe": "yes"}))["kept.is_safe"] == "yes"
    assert ana.post(own, {"is_safe": True}).json["code"] == "step_up_needed"
    assert ana.post(own, {"is_safe": False}).status_code == 200


@pytest.mark.parametrize(
    "body", [{}, {"is_safe": "false"}, {"is_safe": 0}, {"is_safe": None}, [], None, "no"]
)
def test_only_a_plain_no_says_that_an_address_is_not_safe(body: object) -> None:
    assert speaks_for_them("notify", "POST", "me/contacts/x/mark", body)
    assert not speaks_for_them("notify", "POST", "me/contacts/x/mark", {"is_safe": False})


def test_a_word_too_much_does_not_free_a_consent_of_its_proof() -> None:
    assert speaks_for_them("sessions", "POST", "me/medicine-sessions/x/consent", {"is_safe": False})
    assert speaks_for_them("sessions", "POST", "me/medicine-sessions/x/reaffirm", {})
    assert not speaks_for_them("sessions", "POST", "me/medicine-sessions/x/withdraw", {})
    assert not speaks_for_them("sessions", "GET", "me/medicine-sessions/x/consent", None)
