"""One way to keep private words in a row, and it can't be used wrongly."""

import importlib
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import StatementError

from services.integration.models import JournalEntry
from shared.db.columns import Sealed
from shared.db.private import Private
from shared.settings import SERVICES
from shared.vault import SealBroken
from tests.db.test_walls import metadata_of
from tests.vault.room import Room

pytestmark = pytest.mark.P4


def test_plain_words_are_refused_by_the_column_itself(room: Room) -> None:
    plain = JournalEntry(
        person_id=room.writer, channel="feelings", text=b"plain", written_at=room.world.clock()
    )
    with pytest.raises(StatementError, match="only what the vault has sealed"), room.within() as db:
        db.add(plain)


def test_a_row_without_id_or_owner_seals_nothing(room: Room) -> None:
    with room.within() as db:
        for lacking in (JournalEntry(person_id=room.writer), JournalEntry(id=uuid4())):
            with pytest.raises(LookupError, match="needs its id and its owner"):
                lacking.seal(db, "text", "words")
        with pytest.raises(LookupError, match="no clinical column"):
            JournalEntry(id=uuid4(), person_id=room.writer).seal(db, "channel", "words")


@pytest.mark.parametrize("service", SERVICES)
def test_every_clinical_column_lies_in_a_private_row_with_an_owner(service: str) -> None:
    base = importlib.import_module(f"services.{service}.models").Base
    mappers = [mapper for mapper in base.registry.mappers if issubclass(mapper.class_, base)]
    models = {mapper.local_table.name: mapper.class_ for mapper in mappers}
    for table in metadata_of(service).tables.values():
        sealed = [column for column in table.columns if column.info["data_class"] == "clinical"]
        if sealed:
            model = models[table.name]
            assert issubclass(model, Private), f"{table.name} holds private words: make it a Private"
            assert model.OWNED_BY in table.columns
            assert all(isinstance(column.type, Sealed) for column in sealed)


def test_bytes_put_into_another_row_of_the_same_person_do_not_open(room: Room) -> None:
    one, other = room.wrote("one"), room.wrote("other")
    with room.within() as db:
        db.execute(
            text("UPDATE journal_entry SET text = (SELECT text FROM journal_entry WHERE id = :one)"),
            {"one": one},
        )
    with room.within() as db:
        assert db.get_one(JournalEntry, one).unseal(db, "text") == "one"
        with pytest.raises(SealBroken):
            db.get_one(JournalEntry, other).unseal(db, "text")


def test_the_next_write_seals_the_whole_row_anew_under_the_newest_key(room: Room) -> None:
    with room.within() as db:
        entry = room.entry(db, "words")
        entry.seal(db, "mood", "6")
    untouched = room.wrote("untouched")
    with room.within() as db:
        db.info["vault"].renew_key(db, room.writer, "clinical")
    with room.within() as db:
        again = db.get_one(JournalEntry, entry.id)
        again.seal(db, "text", "other words")
    with room.within() as db:
        again = db.get_one(JournalEntry, entry.id)
        assert [again.text[2], again.mood[2]] == [2, 2]  # type: ignore[index]
        assert [again.unseal(db, "text"), again.unseal(db, "mood")] == ["other words", "6"]
        assert db.get_one(JournalEntry, untouched).text[2] == 1


def test_a_broken_field_does_not_keep_another_from_being_written(room: Room) -> None:
    written = room.wrote("words")
    with room.within() as db:
        db.execute(
            text("UPDATE journal_entry SET mood = decode('00', 'hex') WHERE id = :id"), {"id": written}
        )
    with room.within() as db:
        db.get_one(JournalEntry, written).seal(db, "text", "other words")
    with room.within() as db:
        assert db.get_one(JournalEntry, written).unseal(db, "text") == "other words"
        with pytest.raises(SealBroken):
            db.get_one(JournalEntry, written).unseal(db, "mood")
