"""Destroying a key erases: at once, for everybody, on restored copies too, and nothing new is sealed."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.engine import make_url

from services.integration.models import JournalEntry
from shared.db.tenancy import Database, Scope
from shared.errors import WordsErased
from shared.vault import Vault, opening
from shared.vault.erasing import destroy_key
from shared.vault.ledger import Erasure, ErasureLedger, LedgerDamaged
from shared.vault.opening import open_vault, reapply, vault_of
from tests.integration.story import ENTRY, a_couple
from tests.postgres.server import PostgresServer
from tests.vault.room import Room, beside, statements
from tests.world.world import World


def erase(room: Room) -> None:
    with room.within() as db:
        destroy_key(db, room.writer, "clinical")


def read(db_room: Room, entry_id: object) -> str | None:
    with db_room.within() as db:
        return db.get_one(JournalEntry, entry_id).unseal(db, "text")


def test_nothing_opens_after_the_commit_that_destroyed_the_key(room: Room, world: World) -> None:
    """Not even in a process that has opened these very words before, and remembers the key."""
    written = room.wrote("gone")
    other = vault_of(world.sides["integration"].settings)
    with beside(world, other) as database:
        scope = Scope(room.practice, role="worker")
        with database.transaction(scope) as db:
            assert db.get_one(JournalEntry, written).unseal(db, "text") == "gone"
        erase(room)
        with database.transaction(scope) as db, pytest.raises(WordsErased):
            db.get_one(JournalEntry, written).unseal(db, "text")
    ((generation, wrapped, _, destroyed_at),) = room.key_rows()
    assert (generation, wrapped) == (1, None)
    assert destroyed_at is not None


def test_a_destruction_that_is_rolled_back_destroys_nothing(room: Room) -> None:
    written = room.wrote("still here")
    with room.taken_back() as db:
        destroy_key(db, room.writer, "clinical")
        with pytest.raises(WordsErased):  # within it, it holds already
            db.get_one(JournalEntry, written).unseal(db, "text")
    assert read(room, written) == "still here"


def test_no_later_write_makes_a_new_key(room: Room) -> None:
    written = room.wrote("gone")
    erase(room)
    erase(room)  # twice is once
    with room.within() as db:
        with pytest.raises(WordsErased):
            room.entry(db, "new")
        with pytest.raises(WordsErased):
            db.info["vault"].renew_key(db, room.writer, "clinical")
        with pytest.raises(WordsErased):
            db.get_one(JournalEntry, written).seal(db, "text", "new")
    assert [one[:2] for one in room.key_rows()] == [(1, None)]


def test_somebody_who_never_wrote_can_be_erased_too(room: Room) -> None:
    erase(room)
    with room.within() as db, pytest.raises(WordsErased):
        room.entry(db, "the first")


def test_every_generation_goes_and_none_slips_in_beside(room: Room) -> None:
    old = room.wrote("old")
    renewed = threading.Event()

    def destroy() -> None:
        assert renewed.wait(10)
        erase(room)

    thread = threading.Thread(target=destroy)
    thread.start()
    with room.within() as db:
        db.info["vault"].renew_key(db, room.writer, "clinical")
        new = room.entry(db, "new").id
        renewed.set()
        thread.join(0.3)
        assert thread.is_alive()  # it waits for the renewal
    thread.join(10)
    assert [one[:2] for one in room.key_rows()] == [(1, None), (2, None)]
    for written in (old, new):
        with pytest.raises(WordsErased):
            read(room, written)


def test_other_people_and_other_classes_keep_their_words(room: Room) -> None:
    theirs = room.wrote("theirs", writer=uuid4())
    with room.within() as db:
        place = room.entry(db, "mine")._place(db, "text")
        address = db.info["vault"].seal(db, "ana@example.org", place, "contact")
    erase(room)
    assert read(room, theirs) == "theirs"
    with room.within() as db:
        assert db.info["vault"].open(db, address, place, "contact") == "ana@example.org"


def test_lists_show_what_was_erased_as_empty_and_a_write_is_told_the_rule(world: World) -> None:
    couple = a_couple(world)
    entry = couple.ana.post("/me/journal", ENTRY).json["entry_id"]
    couple.ana.post(f"/me/journal/{entry}/share", {"audience": "both"})
    couple.bo.post("/me/journal", {**ENTRY, "text": "Bo's own"})
    with Room(world, couple.practice, couple.ana_id).within() as db:
        destroy_key(db, couple.ana_id, "clinical")
    (mine,) = couple.ana.get("/me/journal").json["items"]
    assert (mine["entry_id"], mine["text"], mine["mood"]) == (entry, "", None)
    (shared,) = couple.bo.get("/me/shared-with-me").json["items"]
    assert (shared["text"], shared["mood"]) == ("", None)
    assert couple.bo.get("/me/journal").json["items"][0]["text"] == "Bo's own"
    refused = couple.ana.post("/me/journal", ENTRY)
    assert (refused.status_code, refused.json["code"]) == (409, "words_erased")


@pytest.fixture
def ledger(tmp_path: Path) -> ErasureLedger:
    return ErasureLedger(tmp_path / "erasures" / "integration.jsonl")


def test_the_ledger_has_it_before_the_commit(room: Room, world: World, ledger: ErasureLedger) -> None:
    vault = Vault(vault_of(world.sides["integration"].settings).provider, ledger)
    with beside(world, vault) as database:
        seen: list[Erasure] = []
        with database.transaction(Scope(room.practice, role="worker")) as db:
            destroy_key(db, room.writer, "clinical")
            db.info["before_commit"].append(lambda _: seen.extend(ledger.read()))
    (erasure,) = seen
    assert (erasure.practice_id, erasure.owner_id, erasure.data_class) == (
        room.practice,
        room.writer,
        "clinical",
    )
    assert json.loads(ledger.path.read_text()).keys() == {"practice", "owner", "class", "at"}
    assert ledger.path.stat().st_mode & 0o777 == 0o600


def test_when_the_ledger_can_not_be_written_nothing_is_destroyed(
    room: Room, world: World, tmp_path: Path
) -> None:
    written = room.wrote("still here")
    vault = Vault(vault_of(world.sides["integration"].settings).provider, ErasureLedger(tmp_path))
    scope = Scope(room.practice, role="worker")
    with beside(world, vault) as database, pytest.raises(OSError), database.transaction(scope) as db:
        destroy_key(db, room.writer, "clinical")
    assert read(room, written) == "still here"


def test_a_line_that_was_being_written_when_the_power_went_is_no_erasure(
    ledger: ErasureLedger, room: Room, world: World
) -> None:
    one = Erasure(room.practice, room.writer, "clinical", world.clock())
    ledger.append([one])
    whole = ledger.path.read_bytes()
    ledger.path.write_bytes(whole + whole[:40])
    assert list(ledger.read()) == [one]
    ledger.append([one])
    assert list(ledger.read()) == [one, one]
    ledger.path.write_text('{"practice": "somewhere"}\n')
    with pytest.raises(LedgerDamaged, match="line 1 of"):
        list(ledger.read())


def test_a_restored_copy_is_erased_again_when_its_service_starts(
    room: Room, world: World, ledger: ErasureLedger, postgres_server: PostgresServer
) -> None:
    """Copy the database, destroy, go back to the copy: the words lie there with their key, until it starts."""
    written = room.wrote("should be gone")
    vault = Vault(vault_of(world.sides["integration"].settings).provider, ledger)
    settings = world.sides["integration"].settings
    with copied(world, postgres_server, "integration") as name:
        with (
            beside(world, vault) as database,
            database.transaction(Scope(room.practice, role="worker")) as db,
        ):
            destroy_key(db, room.writer, "clinical")
        restored = Database(
            make_url(settings.worker_database_url).set(database=name).render_as_string(hide_password=False),
            pool_size=1,
            name="restored",
            carries={"vault": vault},
        )
        try:
            scope = Scope(room.practice, role="worker")
            with restored.transaction(scope) as db:
                assert db.get_one(JournalEntry, written).unseal(db, "text") == "should be gone"
            assert open_vault("integration", restored, vault) == 1
            with restored.transaction(scope) as db, pytest.raises(WordsErased):
                db.get_one(JournalEntry, written).unseal(db, "text")
            assert open_vault("integration", restored, vault) == 0  # and that is that
        finally:
            restored.close()


def test_a_long_ledger_is_asked_for_many_lines_at_a_time(
    room: Room, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "_AT_ONCE", 20)
    room.wrote("brought back")
    of_writer = Erasure(room.practice, room.writer, "clinical", world.clock())
    others = [replace(of_writer, owner_id=uuid4()) for _ in range(30)]
    lines = [*others, of_writer, of_writer, replace(of_writer, data_class="contact")]
    with room.taken_back() as db:
        assert reapply(db, lines) == 32
        with statements(room.database) as asked:
            assert reapply(db, iter(lines)) == 0
        assert len(asked) == 2
        # A copy that brings one key back, of a person who was erased long ago, and one that knows nothing of another.
        whose = {"owner": others[3].owner_id}
        db.execute(
            text("UPDATE data_key SET wrapped = 'x', destroyed_at = NULL WHERE owner_id = :owner"), whose
        )
        somebody_else_s = "UPDATE data_key SET owner_id = practice_id WHERE owner_id = :owner"
        db.execute(text(somebody_else_s), {"owner": others[4].owner_id})
        assert reapply(db, lines) == 2
        assert reapply(db, lines) == 0


@contextmanager
def copied(world: World, server: PostgresServer, service: str) -> Iterator[str]:
    """A copy of a service's database, as a backup of this moment restored elsewhere. Everybody lets go of it first."""
    side, name = world.sides[service], f"restored_{service}"
    side.database.engine.dispose()
    side.app.extensions["attune_database"].engine.dispose()
    side.relay_connection.close()
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    make = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute(drop)
        admin.execute(make.format(sql.Identifier(name), sql.Identifier(f"attune_{service}")))
    side.relay_connection = psycopg.connect(side.settings.worker_database_url, autocommit=True)
    try:
        yield name
    finally:
        with psycopg.connect(server.admin_url, autocommit=True) as admin:
            admin.execute(drop)
