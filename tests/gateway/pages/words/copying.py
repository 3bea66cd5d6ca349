"""A copy of one's own as a partner gets it, and a partner of whom there is something of each kind."""

import html
import json
from datetime import timedelta
from typing import Any

from tests.gateway.pages.words.conftest import Pair
from tests.gateway.pages.words.reader import HERE, Reader
from tests.gateway.pages.words.test_journal import share, write
from tests.privacy import calendar_acts

COPY, CENTRE = "/more/privacy/copy", "/more/privacy"
ONE, TWO = "/prepare/intention/1", "/prepare/intention/2"
ANSWERS = {"mood": 7, "sleep_h": 7.5, "is_safe_at_home": None, "wants_contact": False, "words": "Slept well."}


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
