"""A long answer that outlives its sign-in also where one signs in at the practice's own provider, a real one."""

import html
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest

from services.gateway.pages.ways_in.openid import COOKIE
from tests.gateway.door import Practice, bearer
from tests.gateway.inviting import Notify
from tests.gateway.means import Human, at_work
from tests.gateway.provider import use_provider
from tests.gateway.test_openid import come_back, link
from tests.gateway.visitor import Visitor
from tests.world.world import MovingClock

WORDS = 'The "river" was <loud>,\nand she held on & on.'
GO_ON = "/sign-in/go-on"


@pytest.fixture
def provided(real: Practice, issuer: str) -> Practice:
    use_provider(real, issuer)
    return real


def linked(practice: Practice, notify: Notify) -> Human:
    """A practitioner who signs in at the provider, by their own id there."""
    human = at_work(practice, notify, "practitioner")
    assert link(human, str(human.person_id)).status_code == 201
    return human


def kept_of(page: str) -> dict[str, str]:
    """What a page carries of a form. A browser sends a line break in a hidden field as two characters."""
    found = re.findall(r'name="(kept[^"]*)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


def signs_in(visitor: Visitor, page: str, subject: str, *, code: str = "") -> Any:
    """In a second tab: to the provider and back."""
    ((url, how),) = re.findall(r'href="(http://localhost:[^"]+authorize[^"]+)"([^>]*)>', page)
    assert 'target="_blank"' in how
    address = html.unescape(url)
    asked = parse_qs(urlsplit(address).query)
    back = code or come_back(address, subject)
    assert "river" not in address
    path = urlsplit(asked["redirect_uri"][0]).path
    return visitor.get(f"{path}?state={asked['state'][0]}&code={back}")


def ends_in_the_middle(human: Human) -> tuple[Visitor, str, str]:
    """Somebody's sign-in is over when they send what they wrote: their browser, the form's path, the page they get."""
    visitor = Visitor(human.practice.door, cookie=human.token)
    visitor.get("/ways-in")
    human.practice.door.post("/api/v1/sign-out", headers=bearer(human.token))
    path = f"/medicine/{uuid4()}/observations"
    page = visitor.post(path, {"note": WORDS, "systolic_mmhg": "120"})
    assert page.status_code == 200
    return visitor, path, page.text


def test_the_words_wait_in_the_first_tab_until_their_owner_is_back(
    provided: Practice, notify: Notify
) -> None:
    human = linked(provided, notify)
    visitor, path, asked = ends_in_the_middle(human)
    left = visitor.post("/sign-in/openid", {"practice": provided.slug, **kept_of(asked)})
    assert "Leave it open" in left.text
    kept = kept_of(left.text)
    assert kept["kept.note"] == WORDS
    cookies = [one for one in left.headers.getlist("Set-Cookie") if one.startswith(COOKIE)]
    assert len(cookies) == 1
    assert "river" not in str(left.headers)

    early = visitor.post(GO_ON, {"practice": provided.slug, **kept})
    assert "You are not signed in yet" in early.text
    assert kept_of(early.text) == kept

    arrived = signs_in(visitor, left.text, str(human.person_id))
    assert arrived.headers["Location"] == GO_ON
    there = visitor.get(GO_ON).text
    assert "waits in the tab you came from" in there
    assert "river" not in there
    back = visitor.post(GO_ON, kept)
    assert f'action="{path}"' in back.text
    written = dict(re.findall(r'type="hidden" name="(note|systolic_mmhg)" value="([^"]*)"', back.text))
    assert html.unescape(written["note"]) == WORDS
    assert written["systolic_mmhg"] == "120"
    assert back.headers["Cache-Control"] == "no-store"


def test_whoever_else_signs_in_there_never_sees_them(provided: Practice, notify: Notify) -> None:
    human, other = linked(provided, notify), linked(provided, notify)
    visitor, _, asked = ends_in_the_middle(human)
    left = visitor.post("/sign-in/openid", {"practice": provided.slug, **kept_of(asked)})
    signs_in(visitor, left.text, str(other.person_id))
    for sent in (kept_of(left.text), {**kept_of(left.text), "kept_by": "forged"}):
        back = visitor.post(GO_ON, sent)
        assert back.status_code == 303
        assert "river" not in back.text
        assert "river" not in str(back.headers)


def test_a_trip_that_comes_to_nothing_leaves_them_where_they_are(provided: Practice, notify: Notify) -> None:
    human = linked(provided, notify)
    visitor, path, asked = ends_in_the_middle(human)
    left = visitor.post("/sign-in/openid", {"practice": provided.slug, **kept_of(asked)})
    assert signs_in(visitor, left.text, "", code="denied").status_code == 403
    early = visitor.post(GO_ON, {"practice": provided.slug, **kept_of(left.text)})
    again = visitor.post("/sign-in/openid", {"practice": provided.slug, **kept_of(early.text)})
    assert signs_in(visitor, again.text, str(human.person_id)).headers["Location"] == GO_ON
    back = visitor.post(GO_ON, kept_of(again.text))
    assert f'action="{path}"' in back.text
    assert html.unescape(re.findall(r'name="note" value="([^"]*)"', back.text)[0]) == WORDS


def test_showing_again_at_the_provider_keeps_them_too(
    provided: Practice, notify: Notify, real_clock: MovingClock
) -> None:
    human = linked(provided, notify)
    visitor = Visitor(provided.door, cookie=human.token)
    visitor.get("/ways-in")
    real_clock.ahead += timedelta(minutes=16)
    path = f"/couples/{uuid4()}/told/{uuid4()}/intention/hope"
    asked = visitor.post(path, {"version": "3", "words": WORDS})
    assert 'action="/is-it-you/openid"' in asked.text
    form = asked.text[asked.text.index('action="/is-it-you/openid"') :]
    left = visitor.post("/is-it-you/openid", kept_of(form))
    assert kept_of(left.text)["kept.words"] == WORDS
    real_clock.ahead = timedelta()  # the provider lives in real time
    assert signs_in(visitor, left.text, str(human.person_id)).headers["Location"] == GO_ON
    back = visitor.post(GO_ON, kept_of(left.text))
    assert f'action="{path}"' in back.text
    assert html.unescape(re.findall(r'name="words" value="([^"]*)"', back.text)[0]) == WORDS


def test_a_provider_that_does_not_answer_leaves_them_on_the_page(
    provided: Practice, notify: Notify, real_clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    human = linked(provided, notify)
    visitor = Visitor(provided.door, cookie=human.token)
    visitor.get("/ways-in")
    gone = httpx.MockTransport(lambda _: httpx.Response(500))
    monkeypatch.setattr(provided.door.app.extensions["gateway_openid"], "_http", httpx.Client(transport=gone))
    kept = {"kept.words": WORDS, "kept_path": "/x", "kept_by": "signed"}
    for path in ("/sign-in/openid", "/is-it-you/openid"):
        page = visitor.post(path, {"practice": provided.slug, **kept})
        assert page.status_code == 200, path
        assert kept_of(page.text) == kept, path
