"""The same commands with the events on a real Kafka."""

import json
from typing import Any

import pytest

from shared.events.intake import CoupleRegistered
from shared.settings import SERVICES
from tests.events_cli.clinic import Clinic

pytestmark = [pytest.mark.D1, pytest.mark.timeout(240)]


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_from_a_bug_to_all_caught_up(on_kafka: Clinic) -> None:
    """An operator's whole night: something is stuck; what; what became of it; would it work; do it; is all well?"""
    clinic = on_kafka
    practice_id, couple_id, facts = clinic.couple()
    first, *_ = clinic.record("intake", practice_id, *facts)
    clinic.relay("gateway", "intake")
    clinic.consume("notify", bug_in=CoupleRegistered)
    clinic.everybody_is_fresh()

    behind = clinic.run("lag", "--json")
    assert behind.code == 1, behind
    assert [one["problem"] for one in rows(behind.out) if one["kind"] == "finding"] == ["put_aside"]
    group, letter = rows(clinic.run("dead-letters", "--json").out)
    assert (group["count"], group["parked_behind"], letter["event_id"]) == (1, 2, str(first))

    seen = rows(clinic.run("tail", "intake", "--since", "1h", "--json").out)
    assert (len(seen), seen[0]["event_id"]) == (3, str(first))
    assert str(couple_id) not in json.dumps(seen)
    fates = {one["service"]: one["fate"] for one in rows(clinic.run("show", str(first), "--json").out)[1:]}
    assert fates == {
        "intake": "sent", "notify": "waiting", "sessions": "applied", "integration": "applied",
        "gateway": "applied",
    }  # fmt: skip

    assert clinic.run("replay", "notify", "--id", str(letter["id"]), "--dry-run").code == 0
    assert clinic.run("replay", "notify", "--id", str(letter["id"]), "--by", "Imogen").code == 0
    for owner in SERVICES:
        clinic.tick(owner)
    clinic.consume(*SERVICES)
    done = clinic.run("lag")
    assert done.code == 0, done
    assert "All caught up" in done.out


def test_forgetting_to_name_the_kafka_is_noticed(on_kafka: Clinic, clinic: Clinic) -> None:
    on_kafka.everybody_is_fresh()
    done = clinic.run("lag")
    assert done.code == 1
    assert "never read the log that was asked here" in done.err
    assert "give --kafka HOST:PORT as `attune up` was given it" in done.err
