"""A restore that people can live with: erased stays erased, withdrawn stays withdrawn, nothing is sent twice."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest

from services.integration.models import JournalEntry
from shared.audit.outside import OutsideFile
from shared.db.tenancy import Scope
from shared.errors import WordsErased
from tests.backup.story import WORDS, Night, one_night
from tests.folders import open_folder


@pytest.fixture(scope="module")
def night() -> Iterator[Night]:
    with open_folder() as folder, one_night(folder) as played:
        yield played


def read(night: Night, name: str) -> str | None:
    assert night.house is not None
    assert night.office is not None
    database = night.house.world.sides["integration"].database
    with suppress(WordsErased), database.transaction(Scope(night.office.practice, role="worker")) as db:
        return db.get_one(JournalEntry, night.writers[name][1]).unseal(db, "text")
    return None


def test_the_commands_say_what_they_did_and_where_the_keys_are(night: Night) -> None:
    assert {name: done.code for name, done in night.said.items()} == dict.fromkeys(night.said, 0)
    assert "The keys are not in it" in night.said["backup"].out
    assert str(night.data / "keys") in night.said["backup"].out
    said = night.said["restore"].out
    assert "1 erasures were applied again" in said
    assert "consent to them is asked for again" in said
    assert "their mail is held" in said


def test_words_are_there_and_what_was_erased_stays_erased(night: Night) -> None:
    """Also what was erased after the backup, whose key the backup holds."""
    assert read(night, "kept") == WORDS
    assert read(night, "erased before") is None
    assert read(night, "erased after") is None


@pytest.mark.C1
def test_a_consent_withdrawn_before_the_backup_is_withdrawn(night: Night) -> None:
    couple, session_id = night.of(night.withdrawn)
    mine = couple.bo.get(f"/me/medicine-sessions/{session_id}/consent").json
    assert mine["state"] == "withdrawn"
    assert couple.state_of(session_id) == "held"


@pytest.mark.C1
def test_a_consent_withdrawn_after_the_backup_counts_no_more_than_one_never_given(night: Night) -> None:
    """Nobody knows here that Ana withdrew. So nobody's consent stands: each gives it again, or nothing begins."""
    couple, session_id = night.of(night.upcoming)
    assert couple.state_of(session_id) == "held"
    couple.move_to(couple.starts_at - timedelta(minutes=10))
    assert couple.start(session_id, confirms_facts=True).json["code"] == "consent_missing"
    couple.consent(couple.bo, session_id)
    assert couple.state_of(session_id) == "held"
    couple.consent(couple.ana, session_id)
    assert couple.state_of(session_id) == "confirmed"
    couple.world.pump(ticks=True)
    for partner in (couple.ana, couple.bo):
        assert couple.reaffirm(partner, session_id).status_code == 201
    # Facts are fresh by the clock, but decisions of the night may be lost: somebody must say that they stand.
    assert couple.start(session_id).json["code"] == "facts_not_fresh"
    assert couple.start(session_id, confirms_facts=True).status_code == 201


@pytest.mark.D2
def test_nothing_is_sent_twice_and_the_office_sees_what_is_held(night: Night) -> None:
    office, before = night.office, Counter(night.sent)
    assert office is not None
    night.mail.taken.clear()
    office.world.pump(ticks=True)
    while office.send():
        pass
    again = Counter(address for address, _ in night.mail.taken)
    partners = {office.address(office.ana), office.address(office.bo)}
    assert before[office.address(office.ana)] == 3
    assert before[office.address(office.bo)] == 1
    assert set(again) & partners == set()
    desk = office.as_one(None, "front_desk")
    held = desk.get("/deliveries?state=held").json["items"]
    assert sorted(one["person_id"] for one in held) == sorted(map(str, [office.ana, office.ana, office.bo]))
    assert len(office.inbox(office.ana)) == 3  # the app still shows what the mails were about


def test_an_alert_is_raised_again_rather_than_lost(night: Night) -> None:
    """It was acknowledged after the backup: nobody knows, so it climbs until somebody says so again."""
    office = night.office
    assert office is not None
    alerts = office.as_one(office.team[0], "practitioner").get("/alerts").json["items"]
    assert [one["state"] for one in alerts] == ["open"]


@pytest.mark.A1
def test_the_audit_is_whole_and_says_who_restored(night: Night) -> None:
    assert night.house is not None
    for side in night.house.world.sides.values():
        with side.database.transaction(Scope(role="worker")) as db:
            acts = db.connection().exec_driver_sql("SELECT by, act FROM operator_act").fetchall()
        assert ("night operator", "restored") in [tuple(one) for one in acts]
    verified = night.attune("audit", "verify")
    assert verified.code == 0, verified.out
    # What was sealed after the backup is gone from the chain; its signed checkpoints stay its witness.
    aside = list((night.data / "audit").glob("sessions.before-restore-*.jsonl"))
    assert [one.sequence for one in OutsideFile(night.data / "audit", aside[0].stem).read()][
        -1
    ] > night.sealed
