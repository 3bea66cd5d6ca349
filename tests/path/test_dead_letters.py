"""What is put aside: whole, whatever it holds; what waits behind it, what does not, and how it comes back."""

from uuid import UUID, uuid4

import pytest

from shared.db.tenancy import Scope
from shared.eventlog.interface import partition_of
from shared.path.freshness import known_until
from shared.path.replay import Replayed, replay
from tests.path.stage import Stage

pytestmark = pytest.mark.D1


def again(on: Stage, **only: int) -> Replayed:
    return replay(on.reader_db, on.handlers(), event_key=on.event_key, by="operator", **only)


def key_on_partition_0() -> UUID:
    return next(key for key in iter(uuid4, None) if partition_of(str(key).encode()) == 0)


def test_odd_records_are_put_aside_and_stop_nobody(on: Stage) -> None:
    on.append_raw(key=b"\x00", value=b"\x00", headers=[("nul \x00 name", b"\x00"), ("", b"")])
    on.append_raw(key=b"", value=b"", headers=[("ce_id", b"x" * 5000)] * 20)
    key = uuid4()
    on.note(key, 1)
    on.relay()
    on.consume(until=3)
    assert on.effects(key) == [1]
    assert on.dead() == ["forged", "forged"]


def test_a_signed_event_that_lacks_its_facts_is_put_aside_and_its_key_waits(on: Stage) -> None:
    key = key_on_partition_0()
    on.append_signed(key, on.noted.TYPE, b'{"n": "many"}')
    on.note(key, 1)
    on.relay()
    on.consume(until=2)
    assert on.dead() == ["malformed", "parked"]
    assert on.effects(key) == []


def test_a_warning_does_not_wait_behind_what_was_put_aside(on: Stage) -> None:
    key = uuid4()
    on.poison = {1}
    on.record(
        on.noted(couple_id=key, n=1),  # type: ignore[call-arg]
        on.changed(couple_id=key, n=2),  # type: ignore[call-arg]
        on.warned(couple_id=key, n=3),  # type: ignore[call-arg]
    )
    on.relay()
    on.consume(until=3)
    assert on.effects(key) == [3]
    assert sorted(on.dead()) == ["failed", "parked"]


def test_facts_are_not_fresh_while_one_of_their_key_is_put_aside(on: Stage) -> None:
    sick, well = uuid4(), uuid4()
    on.poison = {1}
    on.note(sick, 1)
    on.note(well, 2)
    with on.owner_db.transaction(Scope()) as db:
        db.info["outbox"].record_ticks(db, on.owner)
    on.relay()
    on.consume(until=14)
    with on.reader_db.transaction(Scope()) as db:
        assert known_until(db, on.owner, key=str(well)) is not None
        assert known_until(db, on.owner, key=str(sick)) is None
    on.poison = set()
    again(on)
    with on.reader_db.transaction(Scope()) as db:
        assert known_until(db, on.owner, key=str(sick)) is not None


@pytest.mark.parametrize("on", ["postgres"], indirect=True)
def test_a_mended_handler_gets_what_waited_in_order_and_once(on: Stage) -> None:
    sick, worse = uuid4(), uuid4()
    on.poison = {2, 9}
    on.note(sick, 1, 2, 3, 4)
    on.note(worse, 9, 10)
    on.relay()
    on.consume(until=6)
    on.poison = {9}
    assert again(on) == Replayed(applied=3, waiting=2)
    assert on.effects(sick) == [1, 2, 3, 4]
    assert on.effects(worse) == []
    on.poison = set()
    assert again(on) == Replayed(applied=2, waiting=0)
    assert again(on) == Replayed(applied=0, waiting=0)
    assert on.effects(worse) == [9, 10]
    assert {by for (by,) in on.read("SELECT replayed_by FROM dead_letter")} == {"operator"}
    on.note(sick, 5)
    on.relay()
    on.consume(until=7)
    assert on.effects(sick) == [1, 2, 3, 4, 5], "the key is open again"


@pytest.mark.parametrize("on", ["postgres"], indirect=True)
def test_one_alone_can_not_be_replayed_past_an_older_one_of_its_key(on: Stage) -> None:
    key = uuid4()
    on.poison = {1}
    on.note(key, 1, 2)
    on.relay()
    on.consume(until=2)
    on.poison = set()
    first, second = (nr for (nr,) in on.read("SELECT id FROM dead_letter ORDER BY id"))
    assert again(on, only_id=second) == Replayed(applied=0, waiting=1)
    assert again(on, only_id=first) == Replayed(applied=2, waiting=0), "what was parked follows"
    assert again(on, only_id=second) == Replayed(applied=0, waiting=0)
    assert on.effects(key) == [1, 2]


@pytest.mark.parametrize("on", ["postgres"], indirect=True)
def test_what_was_forged_is_never_replayed(on: Stage) -> None:
    on.append_raw(key=b"k", value=b"{}", headers=[("ce_id", b"1")])
    on.consume(until=1)
    assert again(on) == Replayed(applied=0, waiting=0)
    assert on.dead() == ["forged"]
