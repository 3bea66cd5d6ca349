"""The pages of signing in, as a browser without scripts meets them."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.errors import TooManyRequests
from tests.gateway.door import Practice, bearer
from tests.gateway.inviting import Notify
from tests.gateway.means import (
    Human,
    at_work,
    comes_by_invitation,
    comes_to_work,
    real_practice,
    sign_in_by_passkey,
)
from tests.gateway.provider import use_provider
from tests.gateway.test_openid import come_back
from tests.gateway.visitor import Visitor
from tests.world.world import MovingClock

BACK = "/sign-in/openid/callback"


def browser_of(human: Human) -> Visitor:
    return Visitor(human.practice.door, cookie=human.token)


def test_every_page_leads_to_setting_up_first(real: Practice, notify: Notify) -> None:
    visitor = browser_of(comes_by_invitation(real, notify))
    for path in ("/", "/today", "/ways-in/where"):
        assert visitor.get(path).headers["Location"] == "/ways-in", path
    page = visitor.get("/ways-in").text
    assert "Choose how you sign in" in page
    assert "A passkey needs JavaScript" in page
    assert 'href="/today"' not in page, "no bar yet"
    nothing = visitor.post("/ways-in/passkeys", {"name": "Phone"})
    assert "This passkey was not added" in nothing.text or "That didn’t work" in nothing.text


def test_private_pages_ask_again_and_lead_back(
    real: Practice, notify: Notify, real_clock: MovingClock
) -> None:
    human = comes_by_invitation(real, notify)
    assert human.add_codes().status_code == 200
    visitor = browser_of(human)
    assert visitor.get("/ways-in").status_code == 200
    real_clock.ahead += timedelta(minutes=16)
    asked = visitor.get("/ways-in")
    assert asked.headers["Location"] == "/is-it-you?next=/ways-in"
    page = visitor.get("/is-it-you?next=/ways-in")
    assert 'name="next" value="/ways-in"' in page.text
    form = {"by": "one_time_password", "next": "/ways-in"}
    wrong = visitor.post("/is-it-you", {**form, "secret": "000000"})
    assert "That didn’t work" in wrong.text
    right = visitor.post("/is-it-you", {**form, "secret": human.code()})
    assert right.headers["Location"] == "/ways-in"
    assert visitor.get("/ways-in").status_code == 200, "the browser has the new token"
    elsewhere = {
        "by": "recovery_code", "secret": human.recovery_codes[0], "next": "https://evil.example/",
    }  # fmt: skip
    assert visitor.post("/is-it-you", elsewhere).headers["Location"] == "/"


def test_where_one_is_signed_in_can_be_ended_without_showing_again(
    real: Practice, notify: Notify, real_clock: MovingClock
) -> None:
    human = at_work(real, notify, "practitioner")
    other = sign_in_by_passkey(real, human.device).json["token"]
    visitor = browser_of(human)
    real_clock.ahead += timedelta(minutes=16)
    assert "This one" in visitor.get("/ways-in/where").text
    assert visitor.post("/ways-in/where/end-others").headers["Location"] == "/ways-in/where"
    assert real.door.get("/api/v1/me", headers=bearer(other)).status_code == 401


def test_the_practices_own_sign_in_is_left_for_and_come_back_from(
    real: Practice, notify: Notify, issuer: str
) -> None:
    use_provider(real, issuer)
    visitor = browser_of(comes_to_work(real, notify, "practitioner"))
    visitor.get("/ways-in")
    assert _go_and_return(visitor, visitor.post("/ways-in/openid").text) == "/"
    visitor = Visitor(real.door)
    assert "practice’s own sign-in" in visitor.get(f"/sign-in?practice={real.slug}").text
    left = visitor.post("/sign-in/openid", {"practice": real.slug})
    assert _go_and_return(visitor, left.text) != "/"
    assert visitor.get("/ways-in").status_code == 200
    stranger = Visitor(real.door)
    assert stranger.get(f"{BACK}/{real.id}?state=x&code=y").status_code == 403


def test_what_another_practices_provider_sent_on_is_finished_at_neither(
    real: Practice, notify: Notify, issuer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mix-up: a provider sends people on to that of another practice, under its name but with a state of its own."""
    use_provider(real, issuer)
    elsewhere = real_practice(real)
    use_provider(elsewhere, issuer)
    mara = browser_of(comes_to_work(real, notify, "practitioner"))
    mara.get("/ways-in")
    assert _go_and_return(mara, mara.post("/ways-in/openid").text) == "/"
    asked: list[str] = []
    provider = real.door.app.extensions["gateway_openid"]
    monkeypatch.setattr(provider, "subject", lambda client, *_, **__: asked.append(client.issuer))

    victim = Visitor(real.door)
    victim.get(f"/sign-in?practice={elsewhere.slug}")
    left = _trip(victim.post("/sign-in/openid", {"practice": elsewhere.slug}).text)
    state, code = parse_qs(urlsplit(left).query)["state"][0], come_back(left, "page-mara")
    back = victim.get(f"{BACK}/{real.id}?state={state}&code={code}")
    assert back.status_code == 403
    assert asked == [], "nobody is given the code"


def _trip(page: str) -> str:
    return re.findall(r'href="(http://localhost:[^"]+authorize[^"]+)"', page)[0].replace("&amp;", "&")


def _go_and_return(visitor: Visitor, page: str) -> str:
    url = _trip(page)
    asked, code = parse_qs(urlsplit(url).query), come_back(url, "page-mara")
    back = visitor.get(f"{urlsplit(asked['redirect_uri'][0]).path}?state={asked['state'][0]}&code={code}")
    assert back.status_code == 303, back.text
    return str(back.headers["Location"])


def test_the_admin_sends_links_and_closes_accounts(real: Practice, notify: Notify) -> None:
    admin, mara = at_work(real, notify, "practice_admin"), real.join_staff("practitioner", name="Mara")
    visitor = browser_of(admin)
    page = visitor.get("/team").text
    assert page.count("Send a link to sign in") == 1, "not for who has a way in"
    sent = len(notify.links)
    assert visitor.post(f"/team/{mara}/link").headers["Location"] == "/team"
    assert len(notify.links) == sent + 1
    visitor.get("/team")
    assert "Somebody must run the practice" in visitor.post(f"/team/{admin.person_id}/leave").text
    visitor.get("/team")
    assert visitor.post(f"/team/{mara}/leave").headers["Location"] == "/team"
    assert "Mara" not in visitor.get("/team").text


def test_kept_words_survive_a_wrong_try(real: Practice, notify: Notify) -> None:
    """A sign-in that ended in the middle of a form: a mistyped code must not lose what was written."""
    visitor = Visitor(real.door)
    visitor.get(f"/sign-in?practice={real.slug}")
    form = {
        "practice": real.slug, "email": "ana@example.org", "by": "one_time_password", "secret": "000000",
        "kept.text": "a long answer", "kept_path": "/journal/new", "kept_by": "signed",
    }  # fmt: skip
    again = visitor.post("/sign-in", form).text
    assert 'name="kept.text" value="a long answer"' in again
    assert 'name="kept_path" value="/journal/new"' in again
    assert "000000" not in again


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/passkey", "/sign-in/openid"])
def test_kept_words_survive_a_practice_that_is_none_and_too_many_tries(
    real: Practice, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Visitor(real.door)
    visitor.get(f"/sign-in?practice={real.slug}")
    kept = {"kept.text": "a long answer", "kept_path": "/journal/new", "kept_by": "signed"}
    nowhere = visitor.post(path, {"practice": "nowhere-at-all", **kept}).text
    assert 'name="kept.text" value="a long answer"' in nowhere

    def too_many(*_: object) -> None:
        raise TooManyRequests

    monkeypatch.setattr(real.door.app.extensions["gateway_limits"], "take", too_many)
    slowed = visitor.post(path, {"practice": real.slug, **kept}).text
    assert 'name="kept.text" value="a long answer"' in slowed


def test_the_practices_own_sign_in_leads_to_the_page_one_came_for(
    real: Practice, notify: Notify, issuer: str
) -> None:
    use_provider(real, issuer)
    visitor = browser_of(comes_to_work(real, notify, "practitioner"))
    visitor.get("/ways-in")
    _go_and_return(visitor, visitor.post("/ways-in/openid").text)
    visitor = Visitor(real.door)
    visitor.get(f"/sign-in?practice={real.slug}")
    form = {"practice": real.slug, "kept_path": "/ways-in/where"}
    assert _go_and_return(visitor, visitor.post("/sign-in/openid", form).text) == "/ways-in/where"
