"""`attune events rebuild`: what a service lost comes back, and the command says when it has been applied."""

import json
import threading
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from shared.db.tenancy import Scope
from shared.events.gateway import PracticeCreated
from tests.events_cli.clinic import Clinic

pytestmark = pytest.mark.D1


@pytest.fixture
def couple(clinic: Clinic) -> UUID:
    """A couple that intake has and notify has lost; every service knows its practice."""
    practice_id, couple_id = uuid4(), uuid4()
    clinic.record("gateway", practice_id, PracticeCreated(zone="America/Denver", is_demo=False))  # type: ignore[arg-type]
    clinic.relay("gateway")
    clinic.consume("intake", "notify")
    with (
        clinic.access.database("intake") as database,
        database.transaction(Scope(practice_id, role="worker")) as db,
    ):
        db.execute(
            text(
                "INSERT INTO couple (id, version, practitioner_ids, registered_at)"
                " VALUES (:couple, 2, ARRAY[:who], now())"
            ),
            {"couple": couple_id, "who": uuid4()},
        )
        db.execute(
            text(
                "INSERT INTO partner (id, couple_id, position, display_name, state)"
                " VALUES (:id, :couple, 0, 'x', 'joined')"
            ),
            {"id": uuid4(), "couple": couple_id},
        )
    return couple_id


def known(clinic: Clinic, couple: UUID) -> bool:
    return bool(clinic.read("notify", "SELECT 1 FROM couple WHERE couple_id = %s", couple))


def test_what_was_lost_comes_back_and_who_asked_is_written_down(clinic: Clinic, couple: UUID) -> None:
    done = clinic.run("rebuild", "notify", "--from", "intake", "--by", "ada", "--wait", "0")
    assert done.code == 1
    assert "intake has stated" in done.out
    assert "attune events lag intake notify" in done.err
    assert not known(clinic, couple)
    acts = clinic.read("intake", "SELECT by, act, asked ->> 'reader', applied FROM operator_act ORDER BY id")
    assert acts[0] == ("ada", "rebuild_begun", "notify", None)
    assert acts[1][:3] == ("ada", "rebuild_ended", "notify")
    assert acts[1][3] >= 2, "who is in the couple, and who treats it"
    clinic.relay("intake")
    clinic.consume("notify")
    assert known(clinic, couple)
    assert clinic.read("notify", "SELECT 1 FROM notice WHERE couple_id = %s", couple) == []


def test_it_waits_until_the_reader_has_applied_it(clinic: Clinic, couple: UUID) -> None:
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.2):
            clinic.relay("intake")
            clinic.consume("notify")

    clinic.everybody_is_fresh()
    worker = threading.Thread(target=work)
    worker.start()
    try:
        done = clinic.run("rebuild", "notify", "--from", "intake", "--by", "ada", "--json")
    finally:
        stop.set()
        worker.join(30)
    assert done.code == 0, done.err
    last = json.loads(done.out.splitlines()[-1])
    assert (last["kind"], last["is_applied"], last["put_aside"]) == ("rebuild", True, 0)
    assert known(clinic, couple)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["gateway", "--from", "notify", "--by", "ada"], 1, "nothing is stated for gateway"),
        (["notify", "--from", "intake", "--by", "ada", "--type", "Nonsense"], 1, "no snapshot of Nonsense"),
        (["notify", "--from", "intake"], 2, "--by"),
        (["notify", "--by", "ada"], 2, "--from"),
    ],
)
def test_what_can_not_be_done_is_one_plain_line(
    clinic: Clinic, arguments: list[str], code: int, words: str
) -> None:
    done = clinic.run("rebuild", *arguments)
    assert done.code == code
    assert words in done.err
    assert clinic.read("intake", "SELECT 1 FROM operator_act") == []
