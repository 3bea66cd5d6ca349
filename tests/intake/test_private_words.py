"""A random word in every private field: it is found where it belongs, sealed where it must be, and nowhere else."""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import structlog
from prometheus_client import generate_latest
from psycopg import sql

from deploy.local.databases import EVENTS, database_of
from shared.db.tenancy import Scope
from shared.settings import SERVICES
from shared.vault import Place, SealBroken, Vault
from tests.intake.stage import Stage, set_stage, share, write
from tests.postgres.server import PostgresServer
from tests.world.world import World

CLEAR_HOMES = {
    "enquirer": "enquiry.display_name",
    "ana": "partner.display_name",
    "bo": "partner.display_name",
}
"""Names are contact class: searchable in their own column. Everything else is found nowhere in the clear."""


@pytest.mark.P3
def test_a_private_word_is_found_nowhere_but_in_its_place(
    world: World,
    postgres_server: PostgresServer,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    words = {
        name: f"{name}{secrets.token_hex(12)}"
        for name in (
            "enquirer",
            "ana",
            "bo",
            "answer",
            "draft",
            "shared",
            "reason",
            "stray",
            "path",
            "urgent",
        )
    }
    caplog.set_level(logging.INFO)
    with _every_line() as lines:
        _live(world, words)
        world.pump(ticks=True)

    homes: dict[str, set[str]] = {}
    for place, value in _everything_stored(postgres_server):
        for name, word in words.items():
            if _holds(value, word):
                homes.setdefault(name, set()).add(place)
    assert homes == {name: {f"{database_of('intake')}.{home}"} for name, home in CLEAR_HOMES.items()}

    told = capfd.readouterr()
    said = "\n".join([repr(lines), caplog.text, told.out, told.err, generate_latest().decode()])
    assert any(line["event"] == "couple registered" for line in lines)
    assert [name for name, word in words.items() if word in said] == []


@pytest.mark.P4
def test_another_s_sealed_words_don_t_open_in_one_s_own_place(
    stage: Stage, postgres_server: PostgresServer
) -> None:
    write(stage.ana, "ana's")
    write(stage.bo, "bo's secret")
    with _inside(postgres_server, database_of("intake")) as admin:
        theirs = "SELECT text FROM intention_part WHERE person_id = %s"
        admin.execute(
            f"UPDATE intention_part SET text = ({theirs}) WHERE person_id = %s", (stage.bo_id, stage.ana_id)
        )

    answer = stage.ana.get("/me/intention")

    assert answer.status_code == 500
    assert b"secret" not in answer.data


@pytest.mark.P4
def test_private_words_belong_to_their_writer(stage: Stage) -> None:
    write(stage.ana, "shared words")
    share(stage.ana)
    stage.decide(stage.ana_id, "not_yet", reason="clinician's words")
    clinician_id = stage.clinician.actor.person_id

    for table, field, owner, words in (
        ("intention_part", "text", stage.ana_id, "shared words"),
        ("shared_intention_part", "text", stage.ana_id, "shared words"),
        ("readiness_decision", "reason", clinician_id, "clinician's words"),
    ):
        ((row_id, sealed),) = stage.world.rows("intake", stage.practice, f"SELECT id, {field} FROM {table}")
        assert _opened(stage, sealed, Place(stage.practice, owner, table, row_id, field)) == words
        with pytest.raises(SealBroken):
            _opened(stage, sealed, Place(stage.practice, stage.bo_id, table, row_id, field))


def _opened(stage: Stage, sealed: bytes, place: Place) -> str:
    database = stage.world.sides["intake"].database
    with database.transaction(Scope(stage.practice, role="worker")) as db:
        vault: Vault = db.info["vault"]
        return vault.open(db, sealed, place, "clinical")


@contextmanager
def _every_line() -> Iterator[list[Any]]:
    """All that is said, of every level, before the allow-list drops anything."""
    usual = structlog.get_config()["wrapper_class"]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG))
    try:
        with structlog.testing.capture_logs() as lines:
            yield lines
    finally:
        structlog.configure(wrapper_class=usual)


def _live(world: World, words: dict[str, str]) -> None:
    """Put each word into its field, once rightly and in the ways people and programs get it wrong."""
    stage = set_stage(world, names=(words["ana"], words["bo"]))
    visitor = world.caller("intake", stage.practice, None, "public")
    enquiry = {"contact_id": str(uuid4()), "display_name": words["enquirer"]}
    visitor.post("/enquiries", enquiry)
    write(stage.ana, words["draft"])
    write(stage.ana, words["answer"], etag='"1"')
    write(stage.bo, words["shared"])
    share(stage.bo)
    stage.decide(stage.ana_id, "not_yet", reason=words["reason"])
    assert stage.break_glass(reason=words["urgent"]).status_code == 201
    assert words["urgent"].encode() in stage.admin.get("/break-glass").data
    assert words["shared"].encode() in stage.ana.get("/me/intention/from-partner").data
    assert words["reason"].encode() in stage.clinician.get(f"/couples/{stage.couple_id}/readiness").data
    stray = words["stray"]
    for answer in (
        write(stage.ana, stray),  # without If-Match
        write(stage.ana, stray + "\x00", etag='"2"'),
        write(stage.ana, stray * 1000, etag='"2"'),
        stage.ana.put("/me/intention/parts/hope", {"text": "a", "more": stray}, etag='"2"'),
        stage.ana.put("/me/intention/parts/hope", {"text": [stray]}, etag='"2"'),
        stage.decide(stage.ana_id, "ready", reason=stray, expires_at="2001-01-01T00:00:00Z"),
        stage.clinician.post(f"{stage.of(stage.ana_id)}/readiness", {"decision": stray, "reason": stray}),
        stage.break_glass(reason=stray, person_id=stray),
        stage.break_glass(reason=stray, by=stage.clinician),
        visitor.post("/enquiries", {"contact_id": stray, "display_name": stray * 10}),
        stage.ana.put(f"/me/intention/parts/{words['path']}", {"text": "a"}),
        stage.ana.get(f"/me/intention?text={words['path']}&cursor={words['path']}"),
    ):
        assert stray.encode() not in answer.data


def _everything_stored(server: PostgresServer) -> Iterator[tuple[str, Any]]:
    """Each column's values of each table of each database, past every wall."""
    for database in (database_of(area) for area in (*SERVICES, EVENTS)):
        with _inside(server, database) as admin:
            tables = admin.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            assert tables
            for (table,) in tables:
                rows = admin.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)))
                names = [column.name for column in rows.description or ()]
                for row in rows:
                    yield from ((f"{database}.{table}.{name}", v) for name, v in zip(names, row, strict=True))


def _inside(server: PostgresServer, database: str) -> psycopg.Connection[Any]:
    return psycopg.connect(server.url_of(database), autocommit=True)


def _holds(value: Any, word: str) -> bool:
    if isinstance(value, bytes):
        return word.encode() in value
    return word in str(value) or word.encode().hex() in str(value)
