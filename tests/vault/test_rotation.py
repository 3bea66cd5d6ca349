"""`attune vault …` against a data folder: another key, rotation that may be killed, status, erasure."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from deploy.local.events.access import Access, open_access
from deploy.local.keys import open_keys, renew_vault_key
from services.integration.models import JournalEntry
from services.notify.models import ContactPoint
from shared.db.tenancy import Scope
from shared.errors import WordsErased
from shared.ids import shown_id
from shared.vault.providers import name_of
from tests.events_cli.clinic import Clinic, Done, attune


@contextmanager
def working(access: Access, service: str, practice: UUID) -> Iterator[Session]:
    with (
        access.database(service) as database,
        database.transaction(Scope(practice, role="worker")) as db,
    ):
        yield db


def vault(clinic: Clinic, *arguments: str) -> Done:
    return attune("vault", *arguments, "--data", str(clinic.data))


def rows(done: Done) -> list[dict[str, object]]:
    assert done.code in (0, 1), done.err
    return [json.loads(line) for line in done.out.splitlines()]


def written(clinic: Clinic, people: int) -> tuple[UUID, list[tuple[UUID, UUID]]]:
    """A practice, and one entry of each of some people: person and entry."""
    practice, made = uuid4(), []
    with working(clinic.access, "integration", practice) as db:
        for number in range(people):
            entry = JournalEntry(
                id=shown_id(), person_id=uuid4(), channel="feelings", written_at=db.info["clock"]()
            )
            entry.seal(db, "text", f"words {number}")
            db.add(entry)
            made.append((entry.person_id, entry.id))
    return practice, made


def read(clinic: Clinic, practice: UUID, entry: UUID) -> str | None:
    access = open_access(clinic.data, None, None)
    try:
        with working(access, "integration", practice) as db:
            return db.get_one(JournalEntry, entry).unseal(db, "text")
    finally:
        access.close()


def test_a_rotation_that_is_killed_between_batches_goes_on_where_it_was(clinic: Clinic) -> None:
    practice, made = written(clinic, 7)
    before = open_keys(clinic.data / "keys", may_make=False).vaults["integration"]
    assert vault(clinic, "new-key", "integration").code == 0
    after = open_keys(clinic.data / "keys", may_make=False).vaults["integration"]
    status = vault(clinic, "status", "integration", "--json")
    assert status.code == 1  # some lie under the older key
    assert before.hex() not in status.out + status.err

    killed = subprocess.run(
        [sys.executable, "-c", "from deploy.local.cli import main; main()", "vault", "rotate", "integration",
         "--batch", "2", "--data", str(clinic.data)],
        env={**os.environ, "ATTUNE_FAILPOINT": "vault.after_batch:2"}, capture_output=True, text=True,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    counts = {
        one["name"]: one["data_keys"]
        for one in rows(vault(clinic, "status", "integration", "--json"))
        if "name" in one
    }
    assert counts == {name_of(after): 4, name_of(before): 3}
    assert [read(clinic, practice, entry) for _, entry in made] == [f"words {n}" for n in range(7)]

    again = rows(vault(clinic, "rotate", "integration", "--batch", "2", "--json"))
    assert [one["rewrapped"] for one in again] == [2, 3, 3]
    assert vault(clinic, "status", "integration").code == 0
    (clinic.data / "keys" / "vault_integration.before").unlink()
    assert [read(clinic, practice, entry) for _, entry in made] == [f"words {n}" for n in range(7)]


def test_without_the_older_key_nothing_is_rotated_and_it_is_named(clinic: Clinic) -> None:
    written(clinic, 1)
    keys = clinic.data / "keys"
    before = open_keys(keys, may_make=False).vaults["integration"]
    renew_vault_key(keys, "integration")
    (keys / "vault_integration.before").unlink()
    done = vault(clinic, "rotate", "integration")
    assert done.code == 1
    assert name_of(before) in done.err
    assert len(done.err.splitlines()) == 1
    missing = rows(vault(clinic, "status", "integration", "--json"))
    assert {
        "kind": "key",
        "service": "integration",
        "name": name_of(before),
        "state": "missing",
        "data_keys": 1,
    } in missing


def test_destroyed_keys_stay_destroyed_by_a_rotation(clinic: Clinic) -> None:
    practice, made = written(clinic, 3)
    (person, entry), *_ = made
    done = vault(
        clinic,
        "erase",
        "integration",
        "--practice",
        str(practice),
        "--person",
        str(person),
        "--by",
        "Imogen",
        "--yes",
    )
    assert (done.code, done.out) == (0, "integration: erased\n")
    vault(clinic, "new-key", "integration")
    assert rows(vault(clinic, "rotate", "integration", "--json"))[-1]["rewrapped"] == 2
    with pytest.raises(WordsErased):
        read(clinic, practice, entry)
    assert (clinic.data / "erasures" / "integration.jsonl").exists()
    acts = clinic.read("integration", "SELECT act, by, asked->>'owner_id' FROM operator_act")
    assert set(acts) == {("key_destroyed", "Imogen", str(person))}


def test_a_person_gets_a_new_data_key_where_they_have_one(clinic: Clinic) -> None:
    practice, ((person, entry), (erased, _)) = written(clinic, 2)
    whose = ("integration", "notify", "--practice", str(practice), "--by", "Imogen", "--person")
    assert vault(clinic, "erase", *whose, str(erased), "--yes").code == 0
    for one in (person, erased, uuid4()):
        done = vault(clinic, "renew", *whose, str(one))
        renewed = int(one == person)
        assert (done.code, done.out) == (0, f"integration: {renewed} new keys\nnotify: 0 new keys\n")
    assert read(clinic, practice, entry) == "words 0"
    with working(clinic.access, "integration", practice) as db:
        row = db.get_one(JournalEntry, entry)
        assert row.text[1:3] == b"\x00\x01"
        row.seal(db, "text", "words anew")
        assert row.text[1:3] == b"\x00\x02"
    assert read(clinic, practice, entry) == "words anew"
    acts = clinic.read(
        "integration",
        "SELECT by, asked->>'data_class', asked->>'generation' FROM operator_act"
        " WHERE act = 'key_renewed' AND asked->>'owner_id' = %s",
        str(person),
    )
    assert acts == [("Imogen", "clinical", "2")]


def test_a_persons_addresses_go_with_them(clinic: Clinic) -> None:
    practice, person, others = uuid4(), uuid4(), uuid4()
    points = []
    with (
        clinic.access.database("notify") as database,
        database.transaction(Scope(practice, role="worker")) as db,
    ):
        for owner in (person, others):
            point = ContactPoint(
                id=shown_id(), channel="email", created_at=db.info["clock"](), person_id=owner
            )
            point.seal(db, "address", "ana@example.org")
            db.add(point)
            points.append(point.id)
    done = vault(
        clinic,
        "erase",
        "notify",
        "--practice",
        str(practice),
        "--person",
        str(person),
        "--by",
        "Imogen",
        "--yes",
    )
    assert done.code == 0, done.err
    with (
        clinic.access.database("notify") as database,
        database.transaction(Scope(practice, role="worker")) as db,
    ):
        shown = [db.get_one(ContactPoint, one).shown(db, "address") for one in points]
    assert shown == ["", "ana@example.org"]


def test_erasing_asks_first_and_again_what_a_restore_brought_back(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    practice, ((person, entry),) = written(clinic, 1)
    where = ("erase", "integration", "--practice", str(practice), "--person", str(person), "--by", "Imogen")
    kept = clinic.read("integration", "SELECT wrapped FROM data_key WHERE owner_id = %s", person)
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    refused = vault(clinic, *where)
    assert (refused.code, refused.out) == (1, "")
    assert "nothing was erased" in refused.err
    assert read(clinic, practice, entry) == "words 0"
    assert vault(clinic, *where, "--yes").code == 0
    clinic.read(  # a restore brings the wrapped key back
        "integration",
        "UPDATE data_key SET wrapped = %s, destroyed_at = NULL, wrapped_by = %s"
        " WHERE owner_id = %s AND data_class = 'clinical' RETURNING id",
        kept[0][0], name_of(open_keys(clinic.data / "keys", may_make=False).vaults["integration"]), person,
    )  # fmt: skip
    assert read(clinic, practice, entry) == "words 0"
    assert rows(vault(clinic, "reapply", "integration", "--json"))[0]["destroyed"] == 1
    with pytest.raises(WordsErased):
        read(clinic, practice, entry)
