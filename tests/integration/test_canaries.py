"""P3 and P4: private words lie sealed in their own column, open nowhere else, and turn up in no other place."""

import io
import secrets
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from prometheus_client import generate_latest
from psycopg import sql

from services.integration.models import Base
from shared.db.tenancy import Scope
from shared.settings import SERVICES
from shared.vault import Place, SealBroken, Vault
from tests.integration.story import ENTRY, FINE, Couple, a_couple
from tests.loglines import every_line
from tests.postgres.server import PostgresServer
from tests.world.world import World

DATABASES = [f"attune_{area}" for area in (*SERVICES, "events")]


@pytest.fixture
def log_lines() -> Iterator[io.StringIO]:
    """What the processes would write, at the most talkative level."""
    with every_line() as lines:
        yield lines


def every_row(server: PostgresServer) -> Iterator[tuple[str, str]]:
    """Every row of every table of every database, as text (bytes as hexadecimal digits)."""
    for database in DATABASES:
        with psycopg.connect(server.url_of(database)) as connection:
            tables = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall()
            for (table,) in tables:
                rows = connection.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(table)))
                for (row,) in rows:
                    yield f"{database}.{table}", row


def tell_all(couple: Couple, word: str) -> None:
    """Ana puts the word into every private field there is, on good ways and on refused ones."""
    entry = couple.ana.post("/me/journal", {**ENTRY, "text": word}).json["entry_id"]
    couple.ana.post(f"/me/journal/{entry}/share", {"audience": "both"})
    couple.ana.put(f"/me/journal/{entry}", {**ENTRY, "text": f"again {word}"}, etag='"2"')
    couple.ana.put(f"/me/journal/{entry}", {**ENTRY, "text": word}, etag='"2"')
    for body in ({**ENTRY, "text": word * 5000}, {**ENTRY, "mood": word}, {**ENTRY, "channel": word}):
        answer = couple.ana.post("/me/journal", body)
        assert (answer.status_code, word in answer.text) == (422, False)
    one, two = couple.ana.get("/me/check-ins").json["items"]
    path = "/me/check-ins/{}/answer"
    couple.ana.post(path.format(one["check_in_id"]), {**FINE, "mood": 0, "words": word})
    refused = couple.ana.post(path.format(one["check_in_id"]), {**FINE, "words": word})
    assert (refused.status_code, word in refused.text) == (409, False)
    wrong = couple.ana.post(path.format(two["check_in_id"]), {**FINE, "sleep_h": word, "words": word})
    assert (wrong.status_code, word in wrong.text) == (422, False)
    # The words did arrive: they can be read by those who may.
    assert word in couple.ana.get("/me/journal").text
    assert word in couple.bo.get("/me/shared-with-me").text


@pytest.fixture
def couple(world: World) -> Couple:
    made = a_couple(world)
    made.ended()
    made.pass_days(3)
    return made


@pytest.mark.P3
def test_private_words_turn_up_nowhere(
    world: World, couple: Couple, log_lines: io.StringIO, postgres_server: PostgresServer
) -> None:
    word = f"canary{secrets.token_hex(8)}"

    tell_all(couple, word)
    before_relay = list(every_row(postgres_server))  # the outbox still holds its events
    couple.ended()  # something that is logged
    world.pump(ticks=True)

    rows = before_relay + list(every_row(postgres_server))
    places = {place for place, row in rows if word in row or word.encode().hex() in row}
    assert places == set()
    assert {"attune_integration.journal_entry", "attune_integration.outbox", "attune_events.log_record"} <= {
        place for place, _ in rows
    }
    assert "journey opened" in log_lines.getvalue()
    assert word not in log_lines.getvalue()
    assert word not in generate_latest().decode()


@pytest.mark.P3
def test_what_a_concern_is_about_turns_up_nowhere(
    world: World, couple: Couple, log_lines: io.StringIO, postgres_server: PostgresServer
) -> None:
    check_in = couple.ana.get("/me/check-ins").json["items"][0]["check_in_id"]
    body = {"mood": 0, "sleep_h": 3, "is_safe_at_home": False, "wants_contact": True}

    couple.ana.post(f"/me/check-ins/{check_in}/answer", body)
    before_relay = list(every_row(postgres_server))
    world.pump()

    kinds = ("not_safe_at_home", "very_low_mood", "wants_contact")
    rows = [row for _, row in before_relay + list(every_row(postgres_server))]
    for kind in kinds:
        assert not [row for row in rows if kind in row or kind.encode().hex() in row]
        assert kind not in log_lines.getvalue()


@pytest.mark.P3
def test_every_private_field_is_a_sealed_column() -> None:
    """Numbers can't be searched for: their columns are looked at instead."""
    sealed = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.info["data_class"] == "clinical"
    }
    assert sealed == {
        "journal_entry.text", "journal_entry.mood", "journal_snapshot.text", "journal_snapshot.mood",
        "check_in.answers", "safety_concern.kinds",
    }  # fmt: skip


@pytest.mark.P4
def test_what_was_sealed_opens_only_in_its_own_place(world: World, couple: Couple) -> None:
    entry = couple.ana.post("/me/journal", ENTRY).json["entry_id"]
    couple.ana.post(f"/me/journal/{entry}/share", {"audience": "both"})
    columns = "id, text, mood"
    rows: dict[str, Any] = {
        table: world.rows("integration", couple.practice, f"SELECT {columns} FROM {table}")[0]
        for table in ("journal_entry", "journal_snapshot")
    }

    def place(table: str, record_id: UUID, field: str, owner: UUID = couple.ana_id) -> Place:
        return Place(couple.practice, owner, table, record_id, field)

    def opened(sealed: bytes, where: Place) -> str:
        scope = Scope(couple.practice, role="worker")
        with world.sides["integration"].database.transaction(scope) as db:
            vault: Vault = db.info["vault"]
            return vault.open(db, sealed, where, "clinical")

    for table, (ident, text, mood) in rows.items():
        assert opened(text, place(table, ident, "text")) == ENTRY["text"]
        assert opened(mood, place(table, ident, "mood")) == str(ENTRY["mood"])
    (entry_id, text, _), (snapshot_id, _, _) = rows["journal_entry"], rows["journal_snapshot"]
    for elsewhere in (
        place("journal_snapshot", snapshot_id, "text"),
        place("journal_entry", entry_id, "mood"),
        place("journal_entry", entry_id, "text", owner=couple.bo_id),
    ):
        with pytest.raises(SealBroken):
            opened(text, elsewhere)
