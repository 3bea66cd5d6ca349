"""One key per person and class: made when it is needed, once, by whoever comes first."""

import threading
from contextlib import suppress
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from services.integration.models import JournalEntry
from shared.db.tenancy import Scope
from shared.vault import SealBroken, Vault
from shared.vault.opening import vault_of
from tests.vault.room import Room, TakenBack, a_room, beside, statements
from tests.world.world import World


def test_each_person_has_a_key_of_their_own_in_each_practice(room: Room, world: World) -> None:
    room.wrote("mine")
    room.wrote("mine again")
    room.wrote("theirs", writer=uuid4())
    elsewhere = a_room(world)
    elsewhere.writer = room.writer
    elsewhere.wrote("mine, in another practice")
    count = "SELECT count(*), count(DISTINCT wrapped) FROM data_key WHERE practice_id = %s"
    assert world.rows("integration", room.practice, count, room.practice) == [(2, 2)]
    assert len(room.key_rows()) == len(elsewhere.key_rows()) == 1


def test_classes_have_keys_of_their_own(room: Room) -> None:
    with room.within() as db:
        place = room.entry(db, "words")._place(db, "text")
        vault: Vault = db.info["vault"]
        sealed = vault.seal(db, "an address", place, "contact")
        with pytest.raises(SealBroken):
            vault.open(db, sealed, place, "clinical")
    assert sorted(room.key_rows("data_class")) == [("clinical",), ("contact",)]


def test_a_key_is_read_once_in_a_transaction(room: Room) -> None:
    ids = [room.wrote(words) for words in ("one", "two", "three")]
    with statements(room.database) as seen, room.within() as db:
        assert [db.get_one(JournalEntry, one).unseal(db, "text") for one in ids] == ["one", "two", "three"]
    assert len([one for one in seen if "FROM data_key" in one]) == 1


def test_sealing_sends_no_row_before_its_words_are_in_it(room: Room) -> None:
    with room.within() as db:
        entry = JournalEntry(
            id=uuid4(), person_id=room.writer, channel="feelings", written_at=db.info["clock"]()
        )
        db.add(entry)
        entry.seal(db, "text", "words")  # looks for a key: the row must not be flushed for that


def test_of_two_who_come_first_both_seal_under_one_key(room: Room, world: World) -> None:
    """The second waits for the first, then takes its key: whatever either wrote opens for everybody."""
    other = vault_of(world.sides["integration"].settings)
    ids: list[UUID] = []
    begun, done = threading.Event(), threading.Event()

    def second() -> None:
        with beside(world, other, as_app=True) as database:
            scope = Scope(room.practice, room.writer, "partner")
            with database.transaction(scope) as db:
                db.execute(text("SELECT 1"))
                begun.set()
                ids.append(room.entry(db, "second").id)
        done.set()

    with room.within() as db:
        ids.append(room.entry(db, "first").id)
        thread = threading.Thread(target=second)
        thread.start()
        assert begun.wait(10)
        assert not done.wait(0.3)  # it waits for us
    thread.join(10)
    assert done.is_set()
    assert len(room.key_rows()) == 1
    with room.within() as db:
        assert [db.get_one(JournalEntry, one).unseal(db, "text") for one in ids] == ["first", "second"]


def test_a_key_whose_maker_rolled_back_seals_nothing(room: Room) -> None:
    with room.taken_back() as db:
        room.entry(db, "never committed")
    assert room.key_rows() == []
    with room.within() as db:
        with suppress(TakenBack), db.begin_nested():
            room.entry(db, "taken back")
            raise TakenBack
        kept = room.entry(db, "kept").id
    with room.within() as db:
        assert db.get_one(JournalEntry, kept).unseal(db, "text") == "kept"


def test_a_key_moved_to_another_person_neither_opens_nor_seals(room: Room) -> None:
    """Somebody who writes into the database gives Bo's row the wrapped key of Ana, to seal his words under hers."""
    bo = uuid4()
    mine, theirs = room.wrote("mine"), room.wrote("theirs", writer=bo)
    with room.taken_back() as db:
        db.execute(
            text(
                "UPDATE data_key SET wrapped = (SELECT wrapped FROM data_key WHERE owner_id = :ana)"
                " WHERE owner_id = :bo"
            ),
            {"ana": room.writer, "bo": bo},
        )
        assert db.get_one(JournalEntry, mine).unseal(db, "text") == "mine"
        with pytest.raises(SealBroken):
            db.get_one(JournalEntry, theirs).unseal(db, "text")
        with pytest.raises(SealBroken):
            room.entry(db, "new", writer=bo)


def test_a_renewed_key_seals_from_then_on_and_the_older_still_opens(room: Room) -> None:
    before = room.wrote("before")
    with room.within() as db:
        assert db.info["vault"].renew_key(db, room.writer, "clinical") == 2
        after = room.entry(db, "after").id
    with room.within() as db:
        entries = [db.get_one(JournalEntry, one) for one in (before, after)]
        assert [one.unseal(db, "text") for one in entries] == ["before", "after"]
        assert [one.text[2] for one in entries] == [1, 2]


def test_the_index_finds_equal_values_of_one_practice_and_purpose(room: Room, world: World) -> None:
    elsewhere = a_room(world)
    with room.within() as db:
        vault: Vault = db.info["vault"]
        here = vault.blind_index(db, "address", "ana@example.org")
        assert len(here) == 16
        assert vault.blind_index(db, "address", "bo@example.org") != here
        assert vault.blind_index(db, "telephone", "ana@example.org") != here
    with room.within() as db:
        assert db.info["vault"].blind_index(db, "address", "ana@example.org") == here
    with elsewhere.within() as db:
        assert db.info["vault"].blind_index(db, "address", "ana@example.org") != here
