"""A copy of one's own as a partner gets it, and a partner of whom there is something of each kind."""

import html
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx

from tests.gateway.door import Handler, door_to
from tests.gateway.pages.words.conftest import Pair
from tests.gateway.pages.words.reader import HERE, Reader
from tests.gateway.pages.words.test_journal import share, write
from tests.privacy import calendar_acts

COPY, CENTRE = "/more/privacy/copy", "/more/privacy"
ONE, TWO = "/prepare/intention/1", "/prepare/intention/2"
_AT_THE_CENTRE = ("/me/intention/shared", "/me/shared-by-me")
ANSWERS = {"mood": 7, "sleep_h": 7.5, "is_safe_at_home": None, "wants_contact": False, "words": "Slept well."}


def made(who: Reader, kind: str = "page", *, language: str = "en", **ticked: str) -> Any:
    """The answer to one tap on the centre's button, with what was ticked above it."""
    fields = who.hidden(html.unescape(who.get(CENTRE).text), COPY)
    headers = {"Accept": "text/html", "Accept-Language": language, "Origin": HERE}
    return who.client.post(COPY, data={**fields, **ticked, "as": kind}, base_url=HERE, headers=headers)


def data(who: Reader, **ticked: str) -> dict[str, Any]:
    answer = made(who, "data", **ticked)
    assert answer.status_code == 200, answer.text
    copy: dict[str, Any] = json.loads(answer.data)
    return copy


def readable(who: Reader, **ticked: str) -> str:
    answer = made(who, **ticked)
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
    home.go_on()
    home.end_a_medicine_session()
    home.world.move_clock(home.practice, timedelta(days=7))
    home.settled()
    asked = home.ana("integration")
    one, two, _ = (item["check_in_id"] for item in asked.get("/me/check-ins").json["items"])
    asked.post(f"/me/check-ins/{one}/answer", ANSWERS)
    asked.post(f"/me/check-ins/{two}/skip")
    quiet = {"language": "es", "quiet_from": "21:00", "quiet_until": "07:00", "zone": "America/Denver"}
    assert home.ana("notify").put("/me/preferences", quiet).status_code == 200


def asking_where(pair: Pair, answer: Callable[[httpx.Request], httpx.Response | None]) -> Reader:
    """Ana at a gateway whose services answer so to some requests, and else as they are."""

    def to(real: httpx.WSGITransport) -> Handler:
        return lambda request: answer(request) or real.handle_request(request)

    world = pair.home.world
    sides = {name: side for name, side in world.sides.items() if name != "gateway"}
    door = door_to(world, {name: to(httpx.WSGITransport(app=one.app)) for name, one in sides.items()})
    return Reader(door.app, pair.home.cookie)


class Changing:
    """Ana at a gateway where what the services answer at one path is changed. The centre is as ever."""

    def __init__(self, pair: Pair) -> None:
        self._sides = pair.home.world.sides
        self._path, self._change, self._asked = "", _as_it_is, 0
        self.reader = asking_where(pair, self._answer)

    def at(self, path: str, change: Callable[[Any], Any]) -> Reader:
        """From now on it is this path's answer, and no other's."""
        self._path, self._change, self._asked = path, change, 0
        return self.reader

    def _answer(self, request: httpx.Request) -> httpx.Response | None:
        if not self._path or not request.url.path.endswith(self._path):
            return None
        self._asked += 1
        if self._asked == 1 and self._path in _AT_THE_CENTRE:
            return None
        service = request.url.path.split("/")[3]
        real = httpx.WSGITransport(app=self._sides[service].app).handle_request(request)
        return httpx.Response(200, json=self._change(json.loads(real.read())))


def _as_it_is(body: Any) -> Any:
    return body
