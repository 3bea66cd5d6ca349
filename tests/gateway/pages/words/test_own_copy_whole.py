"""A copy is whole or there is none; who asks is who they say, and not again and again."""

import html
import re
from datetime import timedelta

import httpx
import pytest

from services.gateway.pages import parts
from tests.gateway.door import Door, bearer
from tests.gateway.means import Human
from tests.gateway.pages.words.conftest import Pair
from tests.gateway.pages.words.copying import CENTRE, COPY, ONE, asking_where, data, made, readable
from tests.gateway.pages.words.reader import HERE, Reader
from tests.gateway.pages.words.test_journal import write
from tests.gateway.visitor import Visitor
from tests.world.world import MovingClock


def test_a_long_journal_is_there_to_its_end(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = pair.home.ana("integration")
    for number in range(205):
        ana.post("/me/journal", {"channel": "thoughts", "text": f"thought-{number}.", "mood": None})
    copy = data(pair.ana)
    assert [one["text"] for one in copy["journal"]] == [f"thought-{n}." for n in reversed(range(205))]
    page = readable(pair.ana)
    assert all(f"thought-{n}." in page for n in range(205))

    with monkeypatch.context() as patched:
        patched.setattr(parts, "WHOLE_BYTES", 10)
        too_much = made(pair.ana)
    assert (too_much.status_code, "more than one file can hold" in too_much.text) == (409, True)
    assert "Nothing of it is lost. You can still read all of it here, page by page." in too_much.text
    with monkeypatch.context() as patched:
        patched.setattr(parts, "WHOLE_S", -1.0)
        too_slow = made(pair.ana)
    assert (too_slow.status_code, "Your entries" in too_slow.text) == (503, True)
    broken = made(_without_later_pages(pair), "data")
    assert (broken.status_code, "thought" in broken.text, "Your entries" in broken.text) == (503, False, True)


def _without_later_pages(pair: Pair) -> Reader:
    """A gateway that gets the first page of each list and no other."""

    def answer(request: httpx.Request) -> httpx.Response | None:
        if "cursor" in str(request.url):
            raise httpx.ConnectError("refused")
        return None

    return asking_where(pair, answer)


@pytest.mark.parametrize(
    ("path", "named"), [("/me/check-ins/all", "Check-ins"), ("/me/consents", "Consents")]
)
def test_a_service_that_does_not_know_the_question_yet_leaves_nothing_out_unseen(
    pair: Pair, path: str, named: str
) -> None:
    """In the middle of an upgrade it is of yesterday, and finds nothing there."""
    old = asking_where(pair, lambda request: httpx.Response(404) if request.url.path.endswith(path) else None)
    answer = made(old, "data")
    assert (answer.status_code, named in answer.text) == (503, True)


@pytest.mark.parametrize(
    ("down", "named", "unnamed"),
    [
        ("intake", ["Your answers"], ["Your entries", "Notices"]),
        ("integration", ["Your entries", "Check-ins"], ["Your answers", "Your sessions"]),
        ("sessions", ["Your sessions", "Consents"], ["Your entries", "Notices"]),
        ("notify", ["Notices", "How we reach you"], ["Your answers", "Your entries"]),
    ],
)
@pytest.mark.parametrize("kind", ["page", "data"])
def test_while_a_service_is_down_there_is_none_and_it_says_what_is_missing(
    pair: Pair, down: str, named: list[str], unnamed: list[str], kind: str
) -> None:
    pair.ana.send(ONE, {"text": "an answer"})
    write(pair.ana, "an entry")
    answer = made(pair.without(down), kind)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert "Content-Disposition" not in answer.headers
    (alert,) = re.findall(r'role="alert">(.*?)</div>', html.unescape(answer.text), re.DOTALL)
    assert all(words in alert for words in named)
    assert not any(words in alert for words in unnamed)
    assert "an answer" not in answer.text
    assert "an entry" not in answer.text
    assert f'action="{COPY}"' in answer.text, "and the buttons to try again"
    assert made(pair.ana, kind).status_code == 200


def test_another_site_cannot_have_it_made(pair: Pair) -> None:
    made(pair.ana)
    for headers in ({"Origin": "https://elsewhere.example"}, {"Origin": HERE}):
        answer = pair.ana.client.post(COPY, data={"as": "data"}, base_url=HERE, headers=headers)
        assert (answer.status_code, "Content-Disposition" in answer.headers) == (403, False)


def test_its_address_leads_to_the_buttons(pair: Pair) -> None:
    came = pair.ana.get(COPY)
    assert (came.status_code, came.headers["Location"]) == (303, CENTRE)


def test_a_tap_after_the_sign_in_has_ended_leaves_no_words_behind(pair: Pair) -> None:
    home, fields = pair.home, {"as": "data", "without": "check_ins"}
    fields |= pair.ana.hidden(html.unescape(pair.ana.get(CENTRE).text), COPY)
    token = home.cookie["Cookie"].partition("=")[2]
    ended = Door(home.world, home.world.sides["gateway"].app).post("/api/v1/sign-out", headers=bearer(token))
    assert ended.status_code < 300
    tapped = pair.ana.post(COPY, fields)
    assert (tapped.status_code, tapped.headers.get("Location")) == (303, "/")


@pytest.mark.parametrize("on", [CENTRE, COPY])
def test_it_is_asked_first_whether_it_is_still_you(
    ana: Human, real_clock: MovingClock, monkeypatch: pytest.MonkeyPatch, on: str
) -> None:
    """From the centre, and from the page that says "not now", which has the copy's own address.

    Back at the centre, one tap gets the file: who comes from the proof stands on a page, not before a download.
    """
    monkeypatch.delitem(ana.practice.door.app.extensions["gateway_upstream"]._clients, "notify")
    visitor = Visitor(ana.practice.door, cookie=ana.token)
    assert f'action="{COPY}"' in visitor.get(CENTRE).text
    assert visitor.post(COPY).status_code == 503, "it is them; behind this door no service answers"
    real_clock.ahead += timedelta(minutes=16)
    asked = visitor.post(COPY, Referer=f"{HERE}{on}")
    assert (asked.status_code, asked.headers["Location"]) == (303, f"/is-it-you?next={on}")
    visitor.get(asked.headers["Location"])
    shown = {"by": "one_time_password", "secret": ana.code(), "next": on}
    assert visitor.post("/is-it-you", shown).headers["Location"] == on
    back = visitor.get(on)
    assert f'action="{COPY}"' in (visitor.get(back.headers["Location"]) if on == COPY else back).text
    assert visitor.post(COPY).status_code == 503
