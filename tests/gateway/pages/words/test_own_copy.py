"""A copy of everything that is one's own: whole or none, readable alone, and with no word of the other's."""

import html
import io
import json
import re
import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from prometheus_client import generate_latest

from services.gateway.limits import ALLOWANCES
from services.gateway.pages import parts
from tests.gateway.door import Handler, door_to
from tests.gateway.means import Human
from tests.gateway.pages.words.conftest import Pair
from tests.gateway.pages.words.reader import HERE, Reader
from tests.gateway.pages.words.test_journal import share, write
from tests.gateway.visitor import Visitor
from tests.loglines import every_line
from tests.privacy import calendar_acts
from tests.privacy.home import address_of, signed_in
from tests.world.world import MovingClock

COPY, CENTRE, ONE, TWO = (
    "/more/privacy/copy",
    "/more/privacy",
    "/prepare/intention/1",
    "/prepare/intention/2",
)
ANSWERS = {"mood": 7, "sleep_h": 7.5, "is_safe_at_home": None, "wants_contact": False, "words": "Slept well."}
HOSTILE = "</p><script>alert('1')</script>\r\n\"&<b onclick=x>\u2028{{ 7 * 7 }}"


def made(who: Reader, kind: str = "page", *, language: str = "en") -> Any:
    """The answer to one tap on the centre's button."""
    fields = who.hidden(html.unescape(who.get(CENTRE).text), COPY)
    headers = {"Accept": "text/html", "Accept-Language": language, "Origin": HERE}
    return who.client.post(COPY, data={**fields, "as": kind}, base_url=HERE, headers=headers)


def data(who: Reader) -> dict[str, Any]:
    answer = made(who, "data")
    assert answer.status_code == 200, answer.text
    copy: dict[str, Any] = json.loads(answer.data)
    return copy


def readable(who: Reader) -> str:
    answer = made(who)
    assert answer.status_code == 200, answer.text
    return str(html.unescape(answer.text))


def live(pair: Pair) -> None:
    """Ana writes, shares, answers, signs and is told something of each kind."""
    home, ana = pair.home, pair.ana
    ana.send(ONE, {"text": "first answer"})
    ana.send(f"{ONE}/share", {"audience": "both"})
    ana.send(ONE, {"text": "later answer\nin two lines"})
    ana.send(TWO, {"text": "kept answer"})
    entry = write(ana, "first words")
    share(ana, entry, "partner")
    ana.send(f"{entry}/change", {"text": "later words", "channel": "beliefs"})
    write(ana, "kept words", "feelings")
    calendar_acts.a_medicine_session_is_planned(home, 0)
    calendar_acts.everything_is_arranged(home, 0)
    home.end_a_medicine_session()
    home.world.move_clock(home.practice, timedelta(days=7))
    home.settled()
    asked = home.ana("integration")
    one, two, _ = (item["check_in_id"] for item in asked.get("/me/check-ins").json["items"])
    asked.post(f"/me/check-ins/{one}/answer", ANSWERS)
    asked.post(f"/me/check-ins/{two}/skip")
    quiet = {"language": "es", "quiet_from": "21:00", "quiet_until": "07:00", "zone": "America/Denver"}
    assert home.ana("notify").put("/me/preferences", quiet).status_code == 200


def test_everything_of_ones_own_is_there(pair: Pair) -> None:
    live(pair)
    copy = data(pair.ana)
    assert copy["version"] == 1
    assert copy["intention"] == [
        {"question": "hope", "text": "later answer\nin two lines", "shared_text": "first answer"},
        {"question": "meeting_what_surfaces", "text": "kept answer", "shared_text": None},
    ]
    kept, shared = copy["journal"]
    assert (kept["text"], kept["channel"], kept["audience"], kept["shared"]) == (
        "kept words", "feelings", None, None,
    )  # fmt: skip
    assert (shared["text"], shared["channel"], shared["audience"]) == ("later words", "beliefs", "partner")
    assert (shared["shared"]["text"], shared["shared"]["channel"]) == ("first words", "images")
    assert [(one["day"], one["state"], one["answers"]) for one in copy["check_ins"]] == [
        (7, "open", None), (3, "skipped", None), (1, "answered", ANSWERS),
    ]  # fmt: skip
    timed = {one["kind"]: one for one in copy["sessions"]}
    assert set(timed) == {"medicine", "integration"}
    assert timed["medicine"]["state"] == "confirmed"
    assert [act["state"] for act in timed["medicine"]["consent"]["acts"]] == ["given"]
    assert timed["integration"]["consent"] is None
    assert copy["notices"]
    assert copy["preferences"]["language"] == "es"
    assert copy["addresses"] == [
        {"channel": "email", "address": address_of(pair.home.ana_id), "is_safe": True}
    ]


def test_the_readable_file_says_the_same_and_needs_nothing_else(pair: Pair) -> None:
    live(pair)
    page = readable(pair.ana)
    for words in (
        "later answer<br>in two lines", "What your partner sees now", "first answer", "kept answer",
        "later words", "What others see now", "first words", "kept words", "You and your partner", "Only you",
        "Day 1", "Slept well.", "7.5", "I’d rather not say", "You skipped it", "Not answered yet",
        "Long session", "Confirmed", "Your consent: Signed", "The text as it reads now", "21:00", "07:00",
        address_of(pair.home.ana_id), "Oak Practice",
    ):  # fmt: skip
        assert words in page, words
    assert "default-src 'none'" in page
    assert not re.search(
        r"(?i)<(script|link|img|iframe|style|form|a)\b|\b(src|href|action|style)=|https?://", page
    )
    ids = re.findall(r"[0-9a-f]{8}-[0-9a-f]{4}-", page.replace(address_of(pair.home.ana_id), ""))
    assert ids == []


def test_it_comes_as_a_file_whose_name_says_nothing_and_which_nobody_keeps(pair: Pair) -> None:
    for kind, name in (("page", "copy.html"), ("data", "copy.json")):
        headers = made(pair.ana, kind).headers
        assert headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert "<title>Copy</title>" in readable(pair.ana)


def test_hostile_words_stay_words(pair: Pair) -> None:
    pair.ana.send(ONE, {"text": HOSTILE})
    write(pair.ana, HOSTILE)
    kept = HOSTILE.replace("\r\n", "\n")
    copy = data(pair.ana)
    assert (copy["intention"][0]["text"], copy["journal"][0]["text"]) == (kept, kept)
    page = made(pair.ana).text
    assert "<script" not in page
    assert "<b " not in page
    assert page.count("&lt;/p&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;<br>") == 2
    assert page.count("{{ 7 * 7 }}") == 2


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
    with monkeypatch.context() as patched:
        patched.setattr(parts, "WHOLE_S", -1.0)
        too_slow = made(pair.ana)
    assert (too_slow.status_code, "Your entries" in too_slow.text) == (503, True)
    broken = made(Reader(_without_later_pages(pair).app, pair.home.cookie), "data")
    assert (broken.status_code, "thought" in broken.text, "Your entries" in broken.text) == (503, False, True)


def _without_later_pages(pair: Pair) -> Any:
    """A gateway that gets the first page of each list and no other."""

    def first_page_only(real: httpx.WSGITransport) -> Handler:
        def answer(request: httpx.Request) -> httpx.Response:
            if "cursor" in str(request.url):
                raise httpx.ConnectError("refused")
            return real.handle_request(request)

        return answer

    sides = pair.home.world.sides
    return door_to(
        pair.home.world,
        {
            name: first_page_only(httpx.WSGITransport(app=side.app))
            for name, side in sides.items()
            if name != "gateway"
        },
    )


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
    assert answer.status_code == 503
    assert "Content-Disposition" not in answer.headers
    (alert,) = re.findall(r'role="alert">(.*?)</div>', html.unescape(answer.text), re.DOTALL)
    assert all(words in alert for words in named)
    assert not any(words in alert for words in unnamed)
    assert "an answer" not in answer.text
    assert "an entry" not in answer.text
    assert f'action="{COPY}"' in answer.text, "and the buttons to try again"
    assert made(pair.ana, kind).status_code == 200


@pytest.mark.P1
def test_nothing_that_the_other_wrote_or_shared_or_did_is_in_it(pair: Pair) -> None:
    home = pair.home
    write(pair.ana, "own words")
    home.settled()

    def own() -> dict[str, Any]:
        return {name: held for name, held in data(pair.ana).items() if name not in ("made_at", "notices")}

    before = own()
    for audience in ("private", "practitioner", "partner", "both"):
        share(pair.bo, write(pair.bo, f"theirs-{audience}"), audience)
    pair.bo.send(ONE, {"text": "theirs-answer"})
    pair.bo.send(f"{ONE}/share", {"audience": "both"})
    decision = {"decision": "not_yet", "reason": "theirs-reason"}
    for person_id in (home.ana_id, home.bo_id):
        path = f"/couples/{home.couple_id}/partners/{person_id}/readiness"
        assert home.therapist("intake").post(path, decision).status_code == 201
    home.settled()
    assert len(home.ana("integration").get("/me/shared-with-me").json["items"]) == 2, "she may read these"

    assert own() == before
    for kind in ("page", "data"):
        text = made(pair.ana, kind).text
        assert "theirs" not in text
        assert "Bo" not in text.replace("<body>", "").replace("</body>", "")
        assert "not_yet" not in text
    assert "theirs-private" in made(pair.bo, "data").text


@pytest.mark.P1
def test_what_raised_a_concern_is_there_and_the_concern_is_not(pair: Pair) -> None:
    home = pair.home
    home.end_a_medicine_session()
    home.world.move_clock(home.practice, timedelta(days=1))
    home.settled()
    (one,) = home.ana("integration").get("/me/check-ins").json["items"]
    unsafe = {**ANSWERS, "mood": 0, "is_safe_at_home": False, "wants_contact": True}
    home.ana("integration").post(f"/me/check-ins/{one['check_in_id']}/answer", unsafe)
    home.settled()
    assert home.therapist("integration").get("/safety-concerns").json["items"]
    copy = made(pair.ana, "data").text
    assert json.loads(copy)["check_ins"][0]["answers"] == unsafe
    assert not re.search("concern|urgency|alert|very_low_mood|not_safe", copy)


@pytest.mark.P2
def test_a_partner_of_nobody_here_has_a_copy_with_nothing_in_it(pair: Pair) -> None:
    live(pair)
    home = pair.home
    stranger = Reader(home.world.sides["gateway"].app, signed_in(home.world, home.practice, uuid4()))
    copy = data(stranger)
    lists = ("intention", "journal", "check_ins", "sessions", "notices", "addresses")
    assert {name: copy[name] for name in lists} == {name: [] for name in lists}


def test_words_that_were_emptied_after_sharing_still_stand_as_shared(pair: Pair) -> None:
    pair.ana.send(ONE, {"text": "once said"})
    pair.ana.send(f"{ONE}/share", {"audience": "both"})
    pair.ana.send(ONE, {"text": ""})
    assert data(pair.ana)["intention"] == [{"question": "hope", "text": "", "shared_text": "once said"}]
    assert "once said" in readable(pair.ana)


def test_it_speaks_spanish(pair: Pair) -> None:
    live(pair)
    page = html.unescape(made(pair.ana, language="es").text)
    for words in (
        '<html lang="es">',
        "<title>Copia</title>",
        "Tu diario",
        "Tus respuestas",
        "Día 1",
        "Firmado",
    ):
        assert words in page, words
    assert "Una copia de lo tuyo" in html.unescape(pair.ana.get(CENTRE, language="es").text)


def test_somebody_who_taps_again_and_again_has_to_wait(pair: Pair) -> None:
    codes = [made(pair.ana).status_code for _ in range(ALLOWANCES["own_copy"].burst + 1)]
    assert codes == [200] * ALLOWANCES["own_copy"].burst + [429]
    assert made(pair.bo).status_code == 200, "it is counted for each"


def test_another_site_cannot_have_it_made(pair: Pair) -> None:
    made(pair.ana)
    for headers in ({"Origin": "https://elsewhere.example"}, {"Origin": HERE}):
        answer = pair.ana.client.post(COPY, data={"as": "data"}, base_url=HERE, headers=headers)
        assert (answer.status_code, "Content-Disposition" in answer.headers) == (403, False)
    assert pair.ana.get(COPY).status_code in (404, 405)


def test_it_is_asked_first_whether_it_is_still_you(
    ana: Human, real_clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Back at the centre, one tap gets the file: who comes from the proof stands on a page, not before a download."""
    monkeypatch.delitem(ana.practice.door.app.extensions["gateway_upstream"]._clients, "notify")
    visitor = Visitor(ana.practice.door, cookie=ana.token)
    assert f'action="{COPY}"' in visitor.get(CENTRE).text
    assert visitor.post(COPY).status_code == 503, "it is them; behind this door no service answers"
    real_clock.ahead += timedelta(minutes=16)
    asked = visitor.post(COPY, Referer=f"{HERE}{CENTRE}")
    assert (asked.status_code, asked.headers["Location"]) == (303, f"/is-it-you?next={CENTRE}")
    visitor.get(asked.headers["Location"])
    shown = {"by": "one_time_password", "secret": ana.code(), "next": CENTRE}
    assert visitor.post("/is-it-you", shown).headers["Location"] == CENTRE
    visitor.get(CENTRE)
    assert visitor.post(COPY).status_code == 503


@pytest.fixture
def log_lines() -> Iterator[io.StringIO]:
    with every_line() as lines:
        yield lines


@pytest.mark.P3
def test_no_word_of_it_is_logged(pair: Pair, log_lines: io.StringIO) -> None:
    word = f"canary{secrets.token_hex(8)}"
    pair.ana.send(ONE, {"text": word})
    write(pair.ana, word)
    for kind in ("page", "data"):
        assert made(pair.ana, kind).text.count(word) == 2
    made(pair.without("notify"))
    assert log_lines.getvalue()
    assert word not in log_lines.getvalue()
    assert word not in generate_latest().decode()
