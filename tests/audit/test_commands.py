"""`attune audit …`: an auditor is told what was done to a chain, and who looked at a person's data."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from deploy.local.databases import database_of
from shared.audit.looks import changed_by_worker
from shared.audit.outside import OutsideFile
from shared.audit.sealer import Sealer, seal_all
from shared.audit.signing import Signer
from shared.clock import utcnow
from shared.db.tenancy import Scope
from tests.audit.chained import private_pem
from tests.events_cli.clinic import Clinic, Done, attune

pytestmark = pytest.mark.A1
SERVICE = "integration"


@pytest.fixture
def audited(clinic: Clinic) -> Iterator[Clinic]:
    yield clinic
    sql(clinic, "TRUNCATE audit_row, audit_chain, audit_checkpoint")
    OutsideFile(clinic.data / "audit", SERVICE).path.unlink(missing_ok=True)
    clinic.access.close()


def run(clinic: Clinic, *arguments: str) -> Done:
    return attune("audit", *arguments, "--data", str(clinic.data))


def sql(clinic: Clinic, statement: str) -> None:
    """As a superuser of the server."""
    with psycopg.connect(clinic.server.url_of(database_of(SERVICE)), autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type]


def look(clinic: Clinic, about_id: UUID, count: int = 1, *, seal: bool = True) -> None:
    """Changes of this person's data, sealed and signed."""
    with clinic.access.database(SERVICE) as database:
        with database.transaction(Scope(uuid4(), role="worker")) as db:
            for _ in range(count):
                changed_by_worker(
                    db, "check_in", record_id=uuid4(), about_id=about_id, relation="timer", handler="probe"
                )
        if seal:
            sealer = Sealer(
                database, service=SERVICE, signer=Signer(clinic.access.audit_private or b""),
                outside=OutsideFile(clinic.data / "audit", SERVICE),
            )  # fmt: skip
            seal_all(sealer)
            sealer.sign(utcnow())


def test_sound_chains_are_said_to_be_sound(audited: Clinic) -> None:
    look(audited, uuid4(), 3)
    done = run(audited, "verify")
    assert (done.code, done.err) == (0, "")
    assert "3 rows as sealed; signed up to row 3" in done.out
    assert len(done.out.splitlines()) == 5


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        ("UPDATE audit_chain SET relation = 'self' WHERE sequence = 2", "row 2 is not what was sealed"),
        ("DELETE FROM audit_chain WHERE sequence = 2", "row 2 is missing"),
        ("DELETE FROM audit_chain WHERE sequence > 1", "the chain ends before row 2, which was signed"),
        ("TRUNCATE audit_chain, audit_checkpoint", "the chain ends before row 1, which was signed"),
        ("DELETE FROM audit_checkpoint", "the checkpoint at row 3 is missing in the database"),
    ],
)
def test_tampering_is_named_with_the_first_bad_row(audited: Clinic, statement: str, line: str) -> None:
    look(audited, uuid4(), 3)
    sql(audited, statement)
    done = run(audited, "verify", "--service", SERVICE)
    assert done.code == 1
    assert line in done.out
    [verdict] = [json.loads(one) for one in run(audited, "verify", "--json").out.splitlines()][-1:]
    assert verdict == {"kind": "verdict", "is_sound": False}


def test_who_brings_another_key_does_not_believe_ours(audited: Clinic, tmp_path: Path) -> None:
    look(audited, uuid4())
    ours = tmp_path / "ours.pem"
    ours.write_text(run(audited, "key").out)
    assert run(audited, "verify", "--key", str(ours)).code == 0
    theirs = tmp_path / "theirs.pem"
    theirs.write_bytes(private_pem())
    assert "holds no Ed25519 public key" in run(audited, "verify", "--key", str(theirs)).err
    other = run(audited, "verify", "--service", "nobody")
    assert other.code == 2


def test_a_damaged_copy_is_named(audited: Clinic) -> None:
    look(audited, uuid4())
    with OutsideFile(audited.data / "audit", SERVICE).path.open("a") as file:
        file.write("x\n")
    done = run(audited, "verify", "--service", SERVICE)
    assert done.code == 1
    assert "line 2 of" in done.out


def test_rows_that_nobody_seals_are_told(audited: Clinic) -> None:
    look(audited, uuid4(), seal=False)
    assert run(audited, "verify", "--service", SERVICE).code == 0
    sql(audited, "UPDATE audit_row SET at = at - interval '2 minutes'")
    done = run(audited, "verify", "--service", SERVICE)
    assert done.code == 1
    assert "1 row waits to be sealed for longer than a minute" in done.out


def test_who_looked_at_a_persons_data_is_shown_without_ids(audited: Clinic) -> None:
    person_id = uuid4()
    look(audited, person_id, 2)
    look(audited, person_id, seal=False)
    look(audited, uuid4())
    done = run(audited, "show", "--about", str(person_id))
    assert done.code == 0
    assert len(done.out.splitlines()) == 4
    assert str(person_id) not in done.out
    rows = [
        json.loads(one) for one in run(audited, "show", "--about", str(person_id), "--json").out.splitlines()
    ]
    assert {(one["actor"], one["act"], one["record_kind"], one["relation"]) for one in rows} == {
        ("worker", "change", "check_in", "timer")
    }
    nobody = run(audited, "show", "--about", str(uuid4()))
    assert (nobody.code, nobody.out.startswith("Nobody looked at data of id-")) == (1, True)
