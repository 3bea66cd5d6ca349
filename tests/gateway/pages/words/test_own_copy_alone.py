"""Nothing of the other's is in a copy, nothing of the care team's, and nothing of it anywhere else."""

import io
import json
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import generate_latest

from services.gateway.pages.own_things import OWN, copy_of
from services.gateway.pages.parts import Part
from tests.gateway.pages.words.conftest import Pair
from tests.gateway.pages.words.copying import ANSWERS, ONE, data, live, made
from tests.gateway.pages.words.reader import Reader
from tests.gateway.pages.words.test_journal import share, write
from tests.loglines import every_line
from tests.privacy.home import signed_in


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


@pytest.mark.P1
def test_sessions_without_a_time_stand_in_an_order_that_no_id_and_no_hidden_time_gives() -> None:
    def listed(*named: tuple[str, str, str | None]) -> list[Any]:
        sessions = [
            {"session_id": ident, "kind": kind, "state": "x", "starts_at": at, "ends_at": at, "zone": "UTC"}
            for ident, kind, at in named
        ]
        nothing = Part({"items": [], "parts": []})
        preferences = Part({"language": "en", "quiet_from": None, "quiet_until": None, "zone": "UTC"})
        known = {"sessions": Part({"items": sessions}), "preferences": preferences}
        found = {**dict.fromkeys(OWN, nothing), **known}
        return list(copy_of(found, person=None, practice="Oak", at=datetime.now(UTC))["sessions"])

    one, two, timed = ("1", "medicine", None), ("2", "check_in", None), ("3", "joint", "2031-05-04T15:30:00Z")
    swapped = [("1", "check_in", None), timed, ("2", "medicine", None)]
    assert listed(one, two, timed) == listed(*swapped) == listed(timed, two, one)
    assert listed(one, two, timed)[0]["kind"] == "joint"


@pytest.mark.A1
def test_each_look_that_it_takes_is_written_down(pair: Pair) -> None:
    home = pair.home
    made(pair.ana, "data")
    sql = "SELECT DISTINCT route, relation FROM audit_row WHERE practice_id = %s AND actor_id = %s AND act = 'read'"
    routes = {
        (route, right)
        for service in ("intake", "integration", "sessions", "notify")
        for route, right in home.world.rows(service, home.practice, sql, home.practice, home.ana_id)
    }
    assert {
        "intake.show_own_intention", "intake.show_intention_as_shared", "integration.list_own_entries",
        "integration.list_shared_by_me", "integration.list_own_check_ins", "sessions.list_my_consents",
        "notify.list_own_contacts",
    } == {route for route, _ in routes}  # fmt: skip
    assert {right for _, right in routes} == {"self"}


@pytest.mark.A1
def test_that_a_copy_was_made_is_written_down_and_no_try(pair: Pair) -> None:
    home = pair.home
    sql = (
        "SELECT actor_id, act, kind, about_id, relation FROM audit_row"
        " WHERE route = 'pages.make_own_copy' AND practice_id = %s"
    )

    def written() -> list[Any]:
        return [tuple(row) for row in home.world.rows("gateway", home.practice, sql, home.practice)]

    assert made(pair.without("notify")).status_code == 503
    assert written() == []
    made(pair.ana)
    made(pair.ana, "data")
    assert written() == [(home.ana_id, "read", "account", home.ana_id, "self")] * 2


@pytest.mark.P2
def test_a_partner_of_nobody_here_has_a_copy_with_nothing_in_it(pair: Pair) -> None:
    live(pair)
    home = pair.home
    stranger = Reader(home.world.sides["gateway"].app, signed_in(home.world, home.practice, uuid4()))
    copy = data(stranger)
    lists = ("intention", "journal", "check_ins", "sessions", "notices", "addresses")
    assert {name: copy[name] for name in lists} == {name: [] for name in lists}


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
