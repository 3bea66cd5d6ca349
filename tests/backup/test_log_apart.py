"""A log that outlived the databases: what came after the backup is not believed, but whoever must be warned is."""

from uuid import uuid4

import pytest

from deploy.local.backup.kafka_tail import skip_what_came_after
from deploy.local.backup.manifest import Manifest
from shared.db.tenancy import Scope
from shared.eventlog.peek import open_reader
from shared.events.base import Event, topic_of
from shared.events.gateway import PracticeCreated
from shared.events.intake import CoupleRegistered
from shared.events.integration import SafetyConcernRaised, Urgency
from shared.path import outbox
from shared.settings import SERVICES
from tests.world.world import World


def record(world: World, practice: object, *facts: Event) -> None:
    """Onto the log, and applied by nobody."""
    for fact in facts:
        side = world.sides[fact.OWNER]
        with side.database.transaction(Scope(practice, role="worker")) as db:  # type: ignore[arg-type]
            outbox.record(db, fact)
        side.relay.relay_once(side.relay_connection)


def manifest(world: World, **changes: object) -> Manifest:
    reader = open_reader(world.sides["notify"].settings.event_log_url)
    bounds = reader.bounds([topic_of(name) for name in SERVICES])
    log = {
        "id": reader.log_id(),
        "ends": {f"{at.topic}/{at.partition}": one.next for at, one in bounds.items()},
    }
    reader.close()
    about = {
        "point": "",
        "program": "",
        "postgres": 18,
        "revisions": {},
        "keys": {},
        "log": {**log, **changes},
    }
    return Manifest(**about)  # type: ignore[arg-type]


@pytest.mark.D1
def test_only_what_warns_somebody_is_acted_on(world: World) -> None:
    practice, before, after, concern = world.practice(), uuid4(), uuid4(), uuid4()
    world.pump()
    record(world, practice, CoupleRegistered(couple_id=before, partner_ids=(uuid4(), uuid4())))
    said = manifest(world)
    stranger = uuid4()
    record(world, practice, CoupleRegistered(couple_id=after, partner_ids=(uuid4(), uuid4())))
    warning = {"couple_id": before, "person_id": uuid4(), "urgency": Urgency.NOW}
    record(world, practice, SafetyConcernRaised(concern_id=concern, **warning))  # type: ignore[arg-type]
    # Of a practice that came after the backup nobody knows anything.
    record(world, stranger, PracticeCreated(zone="America/Denver", is_demo=True))  # type: ignore[arg-type]
    record(world, stranger, SafetyConcernRaised(concern_id=uuid4(), **warning))  # type: ignore[arg-type]

    settings = {name: side.settings for name, side in world.sides.items()}
    assert skip_what_came_after(said, settings)
    assert skip_what_came_after(said, settings), "a second time changes nothing"
    for side in world.sides.values():
        side.consumer.close()
        if side.spec.handlers.topics():
            side.consumer.open()
    world.pump(ticks=True)

    couples = world.rows("notify", practice, "SELECT couple_id FROM couple")
    assert [row.couple_id for row in couples] == [before]
    alerts = world.rows("notify", practice, "SELECT source_id FROM alert")
    assert [row.source_id for row in alerts] == [concern]
    assert world.rows("notify", stranger, "SELECT FROM practice WHERE practice_id = %s", stranger) == []


def test_another_log_is_left_alone(world: World) -> None:
    settings = {name: side.settings for name, side in world.sides.items()}
    assert not skip_what_came_after(manifest(world, id="another"), settings)


def test_a_log_that_is_shorter_than_it_was_is_another_whatever_its_name(world: World) -> None:
    """Kafka's public image names every cluster alike: what comes next on a new one must not be passed over."""
    practice, couple = world.practice(), uuid4()
    world.pump()
    settings = {name: side.settings for name, side in world.sides.items()}
    said = manifest(world)
    longer = {name: end + (name.startswith("attune.intake/")) for name, end in said.log["ends"].items()}
    said.log["ends"].update(longer)  # type: ignore[attr-defined]
    assert not skip_what_came_after(said, settings)
    for side in world.sides.values():
        with side.database.transaction(Scope(role="worker")) as db:
            rows = db.connection().exec_driver_sql(
                "SELECT count(*) FROM log_position WHERE log_id = %s", (str(said.log["id"]),)
            )
            assert rows.scalar_one() == 0
        side.consumer.close()
        if side.spec.handlers.topics():
            side.consumer.open()
    record(world, practice, CoupleRegistered(couple_id=couple, partner_ids=(uuid4(), uuid4())))
    world.pump(ticks=True)
    assert [row.couple_id for row in world.rows("notify", practice, "SELECT couple_id FROM couple")] == [
        couple
    ]
