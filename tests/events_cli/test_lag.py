"""`attune events lag`: with no worker running at all, who is behind, since when, and what the code says."""

import json
from datetime import timedelta
from typing import Any

import pytest

from shared.events.base import topic_of
from shared.events.intake import CoupleRegistered
from shared.settings import SERVICES
from tests.events_cli.clinic import Clinic

pytestmark = pytest.mark.D1
FIVE_MIN = timedelta(minutes=5)


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def problems(clinic: Clinic, *services: str) -> list[tuple[str, str | None]]:
    """What is wrong, as the JSON tells; the code must say the same."""
    done = clinic.run("lag", *services, "--json")
    found = [(one["problem"], one["service"]) for one in rows(done.out) if one["kind"] == "finding"]
    verdict = rows(done.out)[-1]
    assert verdict == {"kind": "verdict", "is_ok": not found, "findings": len(found)}
    assert done.code == (1 if found else 0)
    return found


def test_all_caught_up_is_zero(clinic: Clinic) -> None:
    clinic.everybody_is_fresh()
    done = clinic.run("lag")
    assert done.code == 0, done
    assert "All caught up: everybody knows what happened up to" in done.out
    assert done.err == ""
    assert problems(clinic) == []


def test_a_service_whose_worker_is_down_is_named_with_what_it_misses(clinic: Clinic) -> None:
    for owner in SERVICES:
        clinic.tick(owner, ago=FIVE_MIN)
    clinic.consume(*SERVICES)
    practice_id, _, facts = clinic.couple()
    clinic.record("intake", practice_id, *facts)
    for owner in SERVICES:
        clinic.tick(owner)
    clinic.consume(*(name for name in SERVICES if name != "notify"))
    assert problems(clinic) == [("stalled", "notify")]
    reading = next(
        one
        for one in rows(clinic.run("lag", "notify", "--json").out)
        if one["kind"] == "reading" and one["owner"] == "intake"
    )
    assert (reading["events_behind"], reading["records_behind"]) == (3, 3 + 12)
    assert 300 <= reading["known_age_s"] < 360
    text = clinic.run("lag", "notify").out
    assert "notify applies nothing since" in text
    assert max(len(line) for line in text.splitlines()) <= 80


def test_a_service_behind_on_one_other_is_told_so(clinic: Clinic) -> None:
    clinic.tick("intake", ago=FIVE_MIN)
    clinic.everybody_is_fresh()
    _age_positions(clinic, "sessions", "intake")
    clinic.tick("intake")
    assert problems(clinic, "sessions") == [("behind", "sessions")]
    assert "sessions is 5 min behind on intake, 0 events to apply" in _joined(clinic, "sessions")


def test_an_owner_that_says_nothing_is_named_once_and_its_readers_are_not(clinic: Clinic) -> None:
    for owner in SERVICES:
        clinic.tick(owner, ago=FIVE_MIN if owner == "intake" else timedelta())
    clinic.consume(*SERVICES)
    assert problems(clinic) == [("owner_silent", "intake")]
    assert "intake has told the others nothing for 5 min" in _joined(clinic)


def test_an_outbox_that_is_not_sent_is_the_cause_that_is_told(clinic: Clinic) -> None:
    clinic.everybody_is_fresh()
    practice_id, _, facts = clinic.couple()
    clinic.relay("gateway")
    clinic.consume("intake", "sessions", "integration", "notify")
    clinic.record("intake", practice_id, *facts)
    clinic.tick("intake", ago=FIVE_MIN, relay=False)
    assert problems(clinic) == [("not_sending", "intake")]
    own = next(one for one in rows(clinic.run("lag", "intake", "--json").out) if one["kind"] == "own")
    assert (own["outbox_events"], own["outbox_ticks"]) == (3, 12)
    assert 300 <= own["outbox_oldest_age_s"] < 360


def test_dead_letters_that_wait_are_one_and_say_where_to_look(clinic: Clinic) -> None:
    practice_id, _, facts = clinic.couple()
    clinic.record("intake", practice_id, *facts)
    clinic.relay("gateway", "intake")
    clinic.consume("notify", bug_in=CoupleRegistered)
    clinic.everybody_is_fresh()
    assert problems(clinic) == [("put_aside", "notify")]
    own = next(one for one in rows(clinic.run("lag", "notify", "--json").out) if one["kind"] == "own")
    assert (own["waiting_letters"], own["waiting_keys"], own["evidence"]) == (3, 1, 0)
    assert "attune events dead-letters notify" in _joined(clinic)
    clinic.run("replay", "notify", "--all", "--by", "Imogen")
    assert problems(clinic) == []


def test_evidence_alone_is_nothing_to_wake_anybody_for(clinic: Clinic) -> None:
    clinic.append("intake", key=b"k", value=b"{}", headers=[])
    clinic.everybody_is_fresh()
    assert problems(clinic) == []


def test_a_platform_that_never_ran_knows_nothing(clinic: Clinic) -> None:
    found = problems(clinic, "gateway")
    assert found == [("owner_silent", "intake")]
    assert "never" in clinic.run("lag", "gateway").out


def test_a_log_that_is_down_does_not_hide_what_the_databases_tell(clinic: Clinic) -> None:
    clinic.everybody_is_fresh()
    done = clinic.run("lag", "--kafka", "localhost:1")
    assert done.code == 1
    assert "! the Kafka at localhost:1 does not answer" in done.out
    assert "KNOWS ALL UP TO" in done.out
    assert "never" not in done.out


def _age_positions(clinic: Clinic, service: str, owner: str) -> None:
    """As if the last tick that this service applied of this owner were five minutes old."""
    clinic.read(
        service,
        "UPDATE log_position SET ticked_at = now() - interval '5 minutes' WHERE topic = %s RETURNING 1",
        topic_of(owner),
    )


def _joined(clinic: Clinic, *services: str) -> str:
    """The text without its line breaks."""
    return " ".join(clinic.run("lag", *services).out.split())
