"""One night at a small practice: a backup, some hours of life, a disk that dies, a restore. Played once."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
from sqlalchemy.orm import Session

from deploy.local.databases import EVENTS, database_of
from services.integration.models import JournalEntry
from shared.db.tenancy import Scope
from shared.events.base import Event
from shared.events.integration import SafetyConcernRaised, Urgency
from shared.ids import shown_id
from shared.path import outbox
from shared.vault.erasing import destroy_key
from tests.backup.house import House, burn, house_in
from tests.events_cli.clinic import Done, attune
from tests.notify.mailserver import MailServer, serving
from tests.notify.office import Office
from tests.sessions.couple_in_care import CoupleInCare, couple_in_care
from tests.world.world import World

WORDS = "I have never told anybody about the lake"


@dataclass
class Night:
    """Where everything lies, and what there was before the backup."""

    root: Path
    mail: MailServer
    said: dict[str, Done] = field(default_factory=dict)  # what the commands said
    sent: list[str] = field(default_factory=list)  # to whom mails went out before the disk died
    sealed: int = 0  # up to which row of sessions' audit, at the backup
    writers: dict[str, tuple[UUID, UUID]] = field(default_factory=dict)  # name → person, entry
    office: Office | None = None
    upcoming: tuple[CoupleInCare, str] | None = None  # withdrawn after the backup
    withdrawn: tuple[CoupleInCare, str] | None = None  # withdrawn before it
    house: House | None = None  # after the restore

    @property
    def data(self) -> Path:
        return self.root / "data"

    def attune(self, *arguments: str) -> Done:
        return attune(*arguments, "--data", str(self.data))

    def of(self, found: tuple[CoupleInCare, str] | None) -> tuple[CoupleInCare, str]:
        """The same couple and session, in the platform as it is after the restore."""
        assert found is not None
        assert self.house is not None
        couple, session_id = found
        return CoupleInCare(**{**vars(couple), "world": self.house.world}), session_id


@contextmanager
def one_night(root: Path) -> Iterator[Night]:
    with serving() as mail:
        night = Night(root, mail)
        with house_in(night.data) as house:
            _before(night, house.world)
            night.sealed = house.seal("sessions")
            night.said["keys"] = night.attune("backup", str(root / "safe" / "keys"), "--keys")
            _seems_to_read_on(house)
            night.said["backup"] = night.attune("backup", str(root / "nas" / "monday"))
            _after(night, house.world)
            for service in ("sessions", "notify", "integration"):
                house.seal(service)
            night.said["ledgers"] = night.attune("backup", str(root / "nas" / "ledgers"), "--ledgers")
        burn(night.data)
        night.said["restore"] = night.attune(
            "restore", str(root / "nas" / "monday"), "--keys", str(root / "safe" / "keys"),
            "--ledgers", str(root / "nas" / "ledgers"), "--by", "night operator",
        )  # fmt: skip
        assert night.said["restore"].code == 0, night.said["restore"].err
        with house_in(night.data) as house:
            night.house = house
            night.office = Office(**{**vars(night.office), "world": house.world})
            house.world._offsets = _offsets(night)
            for service in ("sessions", "notify", "integration"):
                house.seal(service)
            yield night


def _before(night: Night, world: World) -> None:
    office = night.office = Office(world, night.mail, world.practice(is_demo=False))
    office.settle()
    later = office.now + timedelta(days=9)
    office.tell(office.booking(later))  # told, and its mail is out
    office.send()
    office.tell(
        office.booking(later + timedelta(days=1), partner_ids=(office.bo,))
    )  # its mail is not out yet
    office.tell(
        SafetyConcernRaised(
            concern_id=uuid4(), couple_id=office.couple, person_id=office.ana, urgency=Urgency.NOW
        )
    )
    for name in ("upcoming", "withdrawn"):
        couple = couple_in_care(world)
        setattr(night, name, (couple, couple.confirmed()[0]))
    couple, session_id = night.withdrawn or (None, "")
    assert couple is not None
    assert couple.withdraw(couple.bo, session_id).status_code == 201
    for name in ("kept", "erased before", "erased after"):
        night.writers[name] = _writes(world, office.practice)
    _erase(world, office.practice, night.writers["erased before"][0])
    _record(world, office, office.booking(later + timedelta(days=2)))
    sessions, notify = world.sides["sessions"], world.sides["notify"]
    sessions.relay.relay_once(sessions.relay_connection)
    while notify.consumer.step(0.0):  # noted, and due: nobody has decided on it yet
        pass
    _record(world, office, office.booking(later + timedelta(days=3)))  # on its way to notify


def _seems_to_read_on(house: House) -> None:
    """A reader of notify's that will long be taken for alive: as every worker is, seconds after the backup."""
    with psycopg.connect(house.server.url_of(database_of(EVENTS)), autocommit=True) as log:
        log.execute(
            "INSERT INTO log_member SELECT group_name, 'gone', session, topics, released, now() + interval '1 day'"
            " FROM log_member WHERE group_name = 'attune.notify'"
        )


def _record(world: World, office: Office, fact: Event) -> None:
    with world.sides["sessions"].database.transaction(Scope(office.practice, role="worker")) as db:
        outbox.record(db, fact)


def _after(night: Night, world: World) -> None:
    """What the backup doesn't know."""
    office, (couple, session_id) = night.office, night.upcoming or (None, "")
    assert office is not None
    assert couple is not None
    assert couple.withdraw(couple.ana, session_id).status_code == 201
    _erase(world, office.practice, night.writers["erased after"][0])
    world.pump(ticks=True)
    while office.send():
        pass
    (alert,) = office.as_one(office.team[0], "practitioner").get("/alerts").json["items"]
    answer = office.as_one(office.team[0], "practitioner").post(f"/alerts/{alert['alert_id']}/acknowledge")
    assert answer.status_code == 201, answer.text
    night.sent = [address for address, _ in night.mail.taken]


def write_entry(db: Session) -> tuple[UUID, UUID]:
    """Somebody writes into their journal: who, and the entry."""
    writer = uuid4()
    made = JournalEntry(id=shown_id(), person_id=writer, channel="feelings", written_at=db.info["clock"]())
    made.seal(db, "text", WORDS)
    db.add(made)
    db.flush()
    return writer, made.id


def _writes(world: World, practice: UUID) -> tuple[UUID, UUID]:
    with world.sides["integration"].database.transaction(Scope(practice, role="worker")) as db:
        return write_entry(db)


def _erase(world: World, practice: UUID, person: UUID) -> None:
    with world.sides["integration"].database.transaction(Scope(practice, role="worker")) as db:
        destroy_key(db, person, "clinical")


def _offsets(night: Night) -> dict[UUID, int]:
    """How far each demo practice's clock stands: its tests know it, the restored world must learn it."""
    found: dict[UUID, int] = {}
    for one in (night.upcoming, night.withdrawn):
        if one is not None:
            found[one[0].practice] = one[0].world._offsets[one[0].practice]
    return found
