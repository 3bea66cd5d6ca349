"""From a recorded event to its one effect, whatever is repeated, refused or fails on the way (rule D1)."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import OperationalError

from shared.clock import utcnow
from shared.db.tenancy import Scope
from shared.eventlog.interface import partition_of
from shared.events.base import topic_of
from shared.events.envelope import Envelope, headers
from shared.ids import new_id
from shared.path import outbox
from tests.path.stage import Poison, Stage

pytestmark = pytest.mark.D1


def test_what_was_recorded_takes_effect_once_and_in_order(on: Stage) -> None:
    one, other = uuid4(), uuid4()
    on.note(one, 1, 2, 3)
    on.note(other, 1, 2)
    assert on.relay() == 5
    on.consume(until=5)
    assert on.effects(one) == [1, 2, 3]
    assert on.effects(other) == [1, 2]
    assert on.relay() == 0, "the outbox keeps nothing that the log acknowledged"


def test_a_rolled_back_command_tells_nobody(on: Stage) -> None:
    def failing_command() -> None:
        with on.owner_db.transaction(Scope(on.practice_id)) as db:
            outbox.record(db, on.noted(couple_id=uuid4(), n=1))  # type: ignore[call-arg]
            raise Poison

    with pytest.raises(Poison):
        failing_command()
    assert on.relay() == 0


def test_an_event_that_comes_again_has_no_second_effect(on: Stage) -> None:
    key = uuid4()
    on.note(key, 1, 2)
    on.relay()
    on.consume(until=2)
    on.read_again()
    on.consume(until=2)
    assert on.effects(key) == [1, 2]


def test_order_per_key_holds_across_kinds_of_event(on: Stage) -> None:
    key = uuid4()
    on.record(
        on.noted(couple_id=key, n=1),  # type: ignore[call-arg]
        on.changed(couple_id=key, n=2),  # type: ignore[call-arg]
        on.noted(couple_id=key, n=3),  # type: ignore[call-arg]
        on.changed(couple_id=key, n=4),  # type: ignore[call-arg]
    )
    on.relay()
    on.consume(until=4)
    assert on.effects(key) == [1, 2, 3, 4]


@pytest.mark.parametrize("reacting", [False, True], ids=["projections", "reactions"])
def test_a_poison_event_is_put_aside_and_only_its_key_waits(on: Stage, reacting: bool) -> None:
    sick, well = uuid4(), uuid4()
    on.poison = {2}
    on.note(sick, 1, 2, 3)
    on.note(well, 10, 11, 12)
    on.relay()
    on.consume(until=6, reacting=reacting)
    assert on.effects(sick) == [1]
    assert on.effects(well) == [10, 11, 12]
    assert sorted(on.dead()) == ["failed", "parked"]


def test_an_outage_is_waited_out_and_is_not_poison(on: Stage) -> None:
    key = uuid4()
    on.note(key, 1)
    on.relay()
    consumer = on.consumer()
    on.outage = [OperationalError("", None, Exception())]
    with pytest.raises(OperationalError):
        on.step_until(consumer, 1)
    consumer.close()
    on.consume(until=1)
    assert on.effects(key) == [1]
    assert on.dead() == []


def test_an_event_ahead_of_its_practice_waits_and_holds_up_nobody_else(on: Stage) -> None:
    """As when a service is rebuilt from the log: there is no order across topics and keys."""
    early, other = key_on(on, partition=1), key_on(on, partition=2)
    on.unknown = {1}
    on.note(early, 1, 2)
    on.note(other, 3, 4)
    on.relay()
    consumer = on.consumer()
    on.step_until(consumer, 2)
    assert on.effects(early) == []
    assert on.effects(other) == [3, 4]
    on.unknown = set()
    on.step_until(consumer, 4)
    consumer.close()
    assert on.effects(early) == [1, 2]
    assert on.dead() == []


def key_on(on: Stage, *, partition: int) -> UUID:
    return next(key for key in iter(uuid4, None) if partition_of(str(key).encode()) == partition)


def test_a_forged_event_is_a_dead_letter_and_blocks_nobody(on: Stage) -> None:
    key = uuid4()
    payload = b'{"couple_id":"%s","n":666}' % str(key).encode()
    forged = headers(
        b"another key",
        envelope=Envelope(new_id(), on.noted.TYPE, on.practice_id, utcnow(), None),
        source="/x",
        topic=topic_of(on.owner),
        partition=0,
        order_key=str(key),
        payload=payload,
    )
    raw = [(name, value.encode()) for name, value in forged.items()]
    on.append_raw(key=str(key).encode(), value=payload, headers=raw)
    on.append_raw(key=str(key).encode(), value=payload, headers=[])
    on.append_raw(key=b"", value=b"\xff\x00", headers=[("ce_id", b"\xff")])
    on.note(key, 1)
    on.relay()
    on.consume(until=4)
    assert on.effects(key) == [1]
    assert sorted(on.dead()) == ["forged", "forged", "malformed"]


def test_an_event_of_an_unknown_version_waits_for_a_newer_reader(on: Stage) -> None:
    on.append_signed(uuid4(), on.noted.TYPE.replace("v1", "v9"), b"{}")
    on.consume(until=1)
    assert on.dead() == ["unknown_type"]


def test_two_members_that_hold_the_same_records_apply_them_once(on: Stage) -> None:
    """As when a slow member wakes after its partitions went to another: the position in the database decides."""
    key = uuid4()
    on.note(key, 1, 2, 3)
    on.relay()
    first = on.consumer(member="reader-1")
    on.step_until(first, 3)
    late = on.consumer(member="reader-2")
    late._log_id = first._log_id
    from shared.path.arrivals import open_all

    source = on.log.consumer(
        "attune.another",
        on.handlers().topics(),
        member="m",
        on_assigned=lambda _: None,
        on_revoked=lambda _: None,
    )
    records = []
    while len(records) < 3:
        records += source.poll(0.5, 100)
    source.close()
    late._apply(open_all(records, on.event_key, on.handlers().handled()))
    first.close()
    late.close()
    assert on.effects(key) == [1, 2, 3]
