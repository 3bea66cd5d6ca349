"""`attune events dead-letters` and `replay`: what is told, what is applied, and what the code says."""

import json
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from shared.clock import utcnow
from shared.eventlog.interface import partition_of
from shared.events.base import topic_of
from shared.events.envelope import Envelope, headers
from shared.events.intake import CoupleRegistered
from shared.ids import new_id
from tests.events_cli.clinic import Clinic, attune

pytestmark = pytest.mark.D1


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def put_aside(clinic: Clinic) -> tuple[UUID, list[UUID]]:
    """A couple whose first event met a bug in notify; the two after it are parked. Its key, the event ids."""
    practice_id, couple_id, facts = clinic.couple()
    ids = clinic.record("intake", practice_id, *facts)
    clinic.relay("gateway", "intake")
    clinic.consume("notify", bug_in=CoupleRegistered)
    return couple_id, ids


def append_unreadable(clinic: Clinic, *, event_type: str, payload: bytes) -> UUID:
    """A rightly signed record that this version of notify can't apply, on partition 0."""
    key = next(one for one in iter(uuid4, None) if partition_of(str(one).encode()) == 0)
    envelope = Envelope(new_id(), event_type, uuid4(), utcnow(), None)
    signed = headers(
        clinic.access.event_key,
        envelope=envelope,
        source="/intake",
        topic=topic_of("intake"),
        partition=0,
        order_key=str(key),
        payload=payload,
    )
    raw = [(name, value.encode()) for name, value in signed.items()]
    clinic.append("intake", key=str(key).encode(), value=payload, headers=raw)
    return envelope.event_id


def test_when_nothing_waits_it_says_so(clinic: Clinic) -> None:
    done = clinic.run("dead-letters")
    assert (done.code, done.out, done.err) == (0, "Nothing waits.\n", "")
    assert clinic.run("dead-letters", "--json").out == ""


def test_causes_are_grouped_and_what_waits_behind_them_is_counted(clinic: Clinic) -> None:
    put_aside(clinic)
    put_aside(clinic)
    done = clinic.run("dead-letters", "notify", "--json")
    assert done.code == 0
    group, *letters = rows(done.out)
    assert (group["kind"], group["service"], group["reason"], group["error_type"]) == (
        "group", "notify", "failed", "Bug",
    )  # fmt: skip
    assert (group["count"], group["keys"], group["parked_behind"]) == (2, 2, 4)
    assert [(one["id"], one["reason"], one["parked_behind"]) for one in letters] == [
        (1, "failed", 2), (4, "failed", 2),
    ]  # fmt: skip
    parked = rows(clinic.run("dead-letters", "--reason", "parked", "--json").out)
    assert [one["id"] for one in parked if one["kind"] == "letter"] == [2, 3, 5, 6]
    text = clinic.run("dead-letters").out
    assert "notify   CoupleRegistered  failed Bug      2     2       4" in text
    assert max(len(line) for line in text.splitlines()) <= 80


def test_what_was_put_aside_is_applied_with_what_was_parked_behind_it(clinic: Clinic) -> None:
    couple_id, ids = put_aside(clinic)
    done = clinic.run("replay", "notify", "--id", "1", "--by", "Imogen", "--because", "INC-7", "--json")
    assert done.code == 0, done
    told = rows(done.out)
    assert [one["result"] for one in told if one["kind"] == "outcome"] == ["applied"] * 3
    assert [one["event_id"] for one in told if one["kind"] == "outcome"] == [str(one) for one in ids]
    assert told[-1] == {
        "kind": "sum", "service": "notify", "is_rehearsal": False, "applied": 3, "waiting": 0, "untried": 0,
    }  # fmt: skip
    [(team,)] = clinic.read("notify", "SELECT practitioner_ids FROM couple WHERE couple_id = %s", couple_id)
    assert len(team) == 2, "the newest of the two care teams holds"
    assert clinic.run("dead-letters").out == "Nothing waits.\n"


def test_a_rehearsal_tells_what_would_come_and_changes_nothing(clinic: Clinic) -> None:
    couple_id, _ = put_aside(clinic)
    done = clinic.run("replay", "notify", "--all", "--dry-run")
    assert done.code == 0
    assert "3 would be applied, 0 still wait." in done.out
    assert clinic.read("notify", "SELECT count(*) FROM dead_letter WHERE replayed_at IS NULL") == [(3,)]
    assert clinic.read("notify", "SELECT 1 FROM couple WHERE couple_id = %s", couple_id) == []
    assert clinic.read("notify", "SELECT count(*) FROM operator_act") == [(0,)]


def test_a_rehearsal_finds_what_would_fail(clinic: Clinic) -> None:
    append_unreadable(clinic, event_type=CoupleRegistered.TYPE, payload=b'{"couple_id":"x"}')
    clinic.consume("notify")
    done = clinic.run("replay", "notify", "--all", "--dry-run")
    assert done.code == 1
    assert "this version can't read it either" in done.out


def test_nothing_older_of_a_key_is_passed(clinic: Clinic) -> None:
    _, ids = put_aside(clinic)
    done = clinic.run("replay", "notify", "--event", str(ids[2]), "--by", "Imogen")
    assert done.code == 1
    assert "1 event waits behind #1, which has to go first" in done.out
    assert clinic.read("notify", "SELECT count(*) FROM dead_letter WHERE replayed_at IS NOT NULL") == [(0,)]


@pytest.mark.parametrize(
    ("event_type", "payload", "why"),
    [
        (CoupleRegistered.TYPE, b'{"couple_id":"x"}', "this version can't read it either"),
        ("attune.intake.couple_registered.v9", b"{}", "this version does not know its type either"),
    ],
)
def test_what_still_can_not_be_read_waits_on_and_says_why(
    clinic: Clinic, event_type: str, payload: bytes, why: str
) -> None:
    append_unreadable(clinic, event_type=event_type, payload=payload)
    couple_id, _ = put_aside(clinic)
    done = clinic.run("replay", "notify", "--all", "--by", "Imogen")
    assert done.code == 1
    assert why in done.out
    assert "3 applied, 1 still waits." in done.out
    assert clinic.read("notify", "SELECT 1 FROM couple WHERE couple_id = %s", couple_id) == [(1,)]


def test_what_was_forged_is_evidence_and_never_applied(clinic: Clinic) -> None:
    clinic.append("intake", key=b"\x1b]0;owned\x07", value=b"{}", headers=[("ce_type", b"\x1b]0;owned")])
    clinic.consume("notify")
    listed = clinic.run("dead-letters", "notify", "--all")
    assert listed.code == 0
    revealed = clinic.run("dead-letters", "--all", "--reveal-ids", "--by", "Imogen")
    assert "\x1b" not in listed.out + revealed.out, "a forger does not write to the operator's terminal"
    assert "kept as evidence" in listed.out
    assert clinic.run("replay", "notify", "--all", "--by", "Imogen").code == 0
    done = clinic.run("replay", "notify", "--id", "1", "--by", "Imogen")
    assert done.code == 1
    assert "never applied" in done.out


def test_a_letter_can_be_chosen_by_key_tag_type_and_reason(clinic: Clinic) -> None:
    couple_id, _ = put_aside(clinic)
    put_aside(clinic)
    tag = rows(clinic.run("dead-letters", "--json").out)[1]["key"]
    assert tag.startswith("id-")
    assert str(couple_id) not in tag
    done = clinic.run("replay", "notify", "--key", tag, "--by", "Imogen", "--json")
    assert rows(done.out)[-1]["applied"] == 3
    done = clinic.run("replay", "notify", "--type", "careteam*", "--by", "Imogen")
    assert done.code == 1
    assert "2 events wait behind #4" in done.out
    done = clinic.run(
        "replay", "notify", "--reason", "failed", "--type", "CoupleRegistered", "--by", "Imogen"
    )
    assert done.code == 0
    assert "3 applied" in done.out
    done = clinic.run("replay", "notify", "--key", tag, "--by", "Imogen")
    assert (done.code, done.err) == (1, f"attune: nothing that waits has the key {tag}\n")


def test_asking_again_is_harmless_and_a_wrong_number_is_told(clinic: Clinic) -> None:
    put_aside(clinic)
    assert clinic.run("replay", "notify", "--id", "1", "--by", "Imogen").code == 0
    again = clinic.run("replay", "notify", "--id", "1", "--by", "Imogen")
    assert again.code == 0
    assert "by Imogen already" in again.out
    wrong = clinic.run("replay", "notify", "--id", "99", "--by", "Imogen")
    assert wrong.code == 1
    assert "#99: notify has put aside no such event" in wrong.out


def test_every_replay_is_written_down_and_nothing_unwrites_it(clinic: Clinic) -> None:
    put_aside(clinic)
    clinic.run("replay", "notify", "--all", "--by", "Imogen", "--because", "INC-7")
    acts = clinic.read(
        "notify", 'SELECT act, "by", because, letter_id, applied, waiting FROM operator_act ORDER BY id'
    )
    assert [act[0] for act in acts] == ["replay_begun", "replayed", "replayed", "replayed", "replay_ended"]
    assert {act[1:3] for act in acts} == {("Imogen", "INC-7")}
    assert [act[3] for act in acts[1:4]] == [1, 2, 3]
    assert acts[-1][4:] == (3, 0)
    assert len(clinic.read("notify", "SELECT DISTINCT run_id FROM operator_act")) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("replay", "notify", "--by", "Imogen"),
        ("replay", "notify", "--all", "--id", "1", "--by", "Imogen"),
        ("replay", "notify", "--all"),
        ("replay", "nowhere", "--all", "--by", "Imogen"),
        ("replay", "notify", "--all", "--by", "Imogen", "--because", "she called at night"),
        ("replay", "notify", "--all", "--by", "a\nb"),
        ("replay", "notify", "--reason", "forged", "--by", "Imogen"),
        ("dead-letters", "--reveal-ids"),
        ("dead-letters", "elsewhere"),
        ("show", "not-an-id"),
        ("tail", "--since", "yesterday"),
        ("dance",),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_two_and_no_platform_is_asked(arguments: tuple[str, ...]) -> None:
    done = attune("events", *arguments)
    assert (done.code, done.out) == (2, "")
    assert "Traceback" not in done.err


def test_a_database_of_another_version_is_one_line(clinic: Clinic) -> None:
    with psycopg.connect(clinic.server.url_of("attune_notify"), autocommit=True) as connection:
        connection.execute("ALTER TABLE operator_act RENAME TO hidden_act")
        try:
            done = clinic.run("replay", "notify", "--all", "--by", "Imogen")
        finally:
            connection.execute("ALTER TABLE hidden_act RENAME TO operator_act")
    assert done.code == 1
    assert done.err == (
        "attune: the database of notify is not of this program's version:"
        " run `attune migrate notify` (or `attune up`) first\n"
    )
