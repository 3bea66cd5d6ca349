"""`attune events tail` and `show`: what is told of an event; no id of a person is told unless asked for."""

import json
import re
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from shared.clock import utcnow
from shared.events.base import Event
from shared.events.gateway import PracticeCreated, StaffJoined, StaffRole
from shared.events.intake import CoupleRegistered
from shared.events.sessions import ConsentWithdrawn
from tests.events_cli.clinic import Clinic

pytestmark = pytest.mark.P3


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def canaries(facts: list[Event]) -> set[str]:
    """Every id in these events."""
    return {
        str(one)
        for fact in facts
        for value in vars(fact).values()
        for one in (value if isinstance(value, tuple) else (value,))
        if isinstance(one, UUID)
    }


def told(clinic: Clinic) -> tuple[UUID, list[UUID], set[str]]:
    """A couple's events on the log, put aside in notify and applied elsewhere: practice, event ids, canaries."""
    practice_id, _, facts = clinic.couple()
    ids = clinic.record("intake", practice_id, *facts)
    clinic.relay("gateway", "intake")
    clinic.consume("notify", bug_in=CoupleRegistered)
    clinic.consume("sessions")
    return practice_id, ids, canaries(facts)


def change(clinic: Clinic, service: str, statement: str) -> None:
    with psycopg.connect(clinic.server.url_of(f"attune_{service}"), autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type]


def every_output(clinic: Clinic, event_id: UUID, *extra: str) -> str:
    """All that the commands say of an event, in both forms."""
    outputs = ""
    for form in ([], ["--json"]):
        for command in (
            ["tail", "--ticks"],
            ["show", str(event_id)],
            ["dead-letters", "--all"],
            ["dead-letters", "--reason", "parked"],
        ):
            done = clinic.run(*command, *form, *extra)
            assert done.code == 0, (command, done)
            outputs += done.out + done.err
    return outputs


def test_no_id_of_a_person_or_couple_is_shown(clinic: Clinic) -> None:
    _, ids, secret = told(clinic)
    outputs = every_output(clinic, ids[0])
    for form in ([], ["--json"]):
        outputs += clinic.run("lag", *form).out
        outputs += clinic.run("replay", "notify", "--all", "--dry-run", *form).out
        outputs += clinic.run("replay", "notify", "--all", "--by", "Imogen", *form).out
    assert len(secret) == 6
    assert [one for one in secret if one in outputs] == []
    assert str(ids[0]) in outputs, "an event's own id is shown: it is how one asks about it"


def test_ids_can_be_revealed_and_that_is_written_down(clinic: Clinic) -> None:
    _, ids, secret = told(clinic)
    shown = every_output(clinic, ids[0], "--reveal-ids", "--by", "Imogen", "--because", "INC-7")
    assert [one for one in secret if one not in shown] == []
    acts = clinic.read("notify", 'SELECT act, "by", because, asked FROM operator_act ORDER BY id')
    assert [(act, by, because) for act, by, because, _ in acts] == [("ids_revealed", "Imogen", "INC-7")] * 8
    assert [asked["command"] for *_, asked in acts[:4]] == ["tail", "show", "dead-letters", "dead-letters"]


def test_equal_ids_have_equal_tags_and_others_have_others(clinic: Clinic) -> None:
    told(clinic)
    told(clinic)
    events = [one for one in rows(clinic.run("tail", "intake", "--json").out) if one["kind"] == "event"]
    assert len(events) == 6
    keys = [one["key"] for one in events]
    assert len(set(keys)) == 2
    assert all(one["fields"]["couple_id"] == one["key"] for one in events)
    letters = [one for one in rows(clinic.run("dead-letters", "--json").out) if one["kind"] == "letter"]
    assert {one["key"] for one in letters} == set(keys), "the same tag in every command"
    people = [tag for one in events for tag in one["fields"].get("partner_ids", [])]
    assert len(set(people)) == 4


def test_an_event_is_told_by_its_times_enumerations_and_yes_or_no(clinic: Clinic) -> None:
    practice_id = uuid4()
    joined = StaffJoined(
        person_id=uuid4(), roles=(StaffRole.PRESCRIBER, StaffRole.PRACTITIONER), contact_id=uuid4()
    )
    clinic.record("gateway", practice_id, PracticeCreated(zone="America/Denver", is_demo=True), joined)  # type: ignore[arg-type]
    clinic.relay("gateway")
    # Of two keys, so in any order: what is relayed together is appended at one time.
    lines = rows(clinic.run("tail", "gateway", "--json").out)
    created, staff = sorted(lines, key=lambda one: "roles" in one["fields"])
    assert created["fields"] == {"is_demo": True}
    assert created["hidden_fields"] == ["zone"], "a name, not what it says"
    assert created["practice_id"] == str(practice_id)
    assert (created["state"], created["is_signature_valid"]) == ("ok", True)
    assert staff["fields"]["roles"] == ["prescriber", "practitioner"]
    assert re.fullmatch(r"id-[0-9a-f]{10}", staff["fields"]["person_id"])
    text = clinic.run("tail", "gateway").out
    assert "is_demo=yes zone=…" in text
    assert "roles=[prescriber,practitioner]" in text
    assert "Denver" not in text


def test_nothing_of_a_forged_record_is_shown(clinic: Clinic) -> None:
    words = b"Jane Doe \x1b]0;owned\x07"  # click takes colours out of what is no terminal, but not this
    headers = [("ce_type", words), ("ce_id", words), ("ce_practice", words), (words.decode(), words)]
    clinic.append("sessions", key=words, value=b'{"jane_doe": "Jane Doe"}', headers=headers)
    done = clinic.run("tail", "sessions")
    assert "SIGNATURE WRONG OR MISSING" in done.out
    [event] = rows(clinic.run("tail", "sessions", "--json").out)
    assert (event["state"], event["is_signature_valid"], event["type"]) == ("forged", False, None)
    revealed = clinic.run("tail", "sessions", "--reveal-ids", "--by", "Imogen")
    for text in (done.out, json.dumps(event)):
        assert "jane" not in text.lower()
    assert "\x1b" not in done.out + revealed.out


def test_only_what_is_asked_for_is_shown_newest_last(clinic: Clinic) -> None:
    practice_id, _, facts = clinic.couple()
    ids = clinic.record("intake", practice_id, *facts)
    withdrawn = ConsentWithdrawn(
        session_id=uuid4(), couple_id=uuid4(), person_id=uuid4(), practitioner_ids=(), is_after_start=False,
        at=utcnow(),
    )  # fmt: skip
    [withdrawal] = clinic.record("sessions", practice_id, withdrawn)
    clinic.relay("gateway", "intake")
    clinic.relay("sessions")
    clinic.tick("intake")

    def shown(*arguments: str) -> list[str]:
        return [one["event_id"] for one in rows(clinic.run("tail", *arguments, "--json").out)]

    assert shown("intake", "sessions") == [*map(str, ids), str(withdrawal)]
    assert shown("--type", "CareTeamChanged") == [str(one) for one in ids[1:]]
    assert shown("--type", "attune.sessions.*") == [str(withdrawal)]
    assert shown("--type", "consent_withdrawn") == [str(withdrawal)]
    assert shown("--limit", "1") == [str(withdrawal)]
    assert shown("--since", "0s") == []
    assert len(shown("intake", "--ticks")) == 3 + 12
    text = clinic.run("tail", "--type", "nothing*").out
    assert re.search(r"5 events in the last 10 min.*\n  intake +\d+ s ago\n  sessions +none", text), text


def test_showing_an_event_tells_what_became_of_it_in_each_service(clinic: Clinic) -> None:
    practice_id, _, facts = clinic.couple()
    first, *_ = clinic.record("intake", practice_id, *facts)

    def fates() -> dict[str, str]:
        done = clinic.run("show", str(first), "--json")
        assert done.code == 0
        return {one["service"]: one["fate"] for one in rows(done.out) if one["kind"] == "fate"}

    assert fates()["intake"] == "unsent"
    clinic.relay("gateway", "intake")
    assert fates() == dict.fromkeys(("sessions", "integration", "notify", "gateway"), "to_apply") | {
        "intake": "sent"
    }
    clinic.consume("notify", bug_in=CoupleRegistered)
    clinic.consume("sessions")
    assert fates() == {
        "intake": "sent", "sessions": "applied", "notify": "waiting",
        "integration": "to_apply", "gateway": "to_apply",
    }  # fmt: skip
    text = clinic.run("show", str(first)).out
    assert "put it aside as #1 (failed: Bug)" in text
    assert "Would it work now: attune events replay notify --id 1 --dry-run" in text
    clinic.run("replay", "notify", "--all", "--by", "Imogen")
    assert fates()["notify"] == "replayed"
    assert "by Imogen" in " ".join(clinic.run("show", str(first)).out.split())
    joined = StaffJoined(person_id=uuid4(), roles=(), contact_id=uuid4())
    [other] = clinic.record("gateway", practice_id, joined)
    clinic.relay("gateway")
    assert "integration  does not listen to it" in clinic.run("show", str(other)).out


def test_an_event_that_nobody_applied_though_all_passed_it_is_told_as_such(clinic: Clinic) -> None:
    practice_id, _, facts = clinic.couple()
    first, *_ = clinic.record("intake", practice_id, *facts)
    clinic.relay("gateway", "intake")
    clinic.consume("sessions")
    change(clinic, "sessions", "DELETE FROM inbox")
    fates = {
        one["service"]: one["fate"]
        for one in rows(clinic.run("show", str(first), "--json").out)
        if one["kind"] == "fate"
    }
    assert fates["sessions"] == "passed"


def test_an_event_that_is_nowhere_is_one(clinic: Clinic) -> None:
    done = clinic.run("show", str(uuid4()))
    assert done.code == 1
    assert done.out.startswith("No trace of")
