"""Every look at clinical data is written down in its own transaction, or does not happen."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from flask import Flask

from services.integration.policy import POLICY
from shared.events.notify import AlertAcknowledged
from shared.vault import NotAudited
from shared.web.policy import Rule
from tests.integration.story import ENTRY, UNSAFE, Couple, a_couple
from tests.world.world import World

pytestmark = pytest.mark.A1


@pytest.fixture
def couple(world: World) -> Couple:
    return a_couple(world)


def rows(couple: Couple, service: str = "integration") -> list[tuple[Any, ...]]:
    """What was written down in this practice, oldest first: who, roles, act, kind, record, about whom, right."""
    return [
        tuple(one)
        for one in couple.world.rows(
            service,
            couple.practice,
            "SELECT actor_id, roles, act, kind, record_id, about_id, relation FROM audit_row"
            " WHERE practice_id = %s ORDER BY at, id",
            couple.practice,
        )
    ]


def test_the_writer_and_the_reader_of_an_entry_are_written_down(couple: Couple) -> None:
    entry_id = couple.ana.post("/me/journal", ENTRY).json["entry_id"]
    couple.ana.get(f"/me/journal/{entry_id}")
    couple.ana.get("/me/journal")
    couple.ana.post(f"/me/journal/{entry_id}/share", {"audience": "practitioner"})
    path = f"/couples/{couple.couple_id}/partners/{couple.ana_id}/journal"
    shared_id = couple.therapist.get(path).json["items"][0]["shared_id"]
    couple.ana.post(f"/me/journal/{entry_id}/unshare")

    mine = (couple.ana_id, "partner")
    entry, ana = UUID(entry_id), couple.ana_id
    assert rows(couple) == [
        (*mine, "change", "journal_entry", entry, ana, "self"),
        (*mine, "read", "journal_entry", entry, ana, "wrote_it"),
        (*mine, "read", "journal_entry", None, ana, "self"),
        (*mine, "share", "journal_entry", entry, ana, "wrote_it"),
        (
            couple.therapist_id,
            "practitioner",
            "read",
            "journal_snapshot",
            UUID(shared_id),
            ana,
            "treats_partner",
        ),
        (*mine, "unshare", "journal_entry", entry, ana, "wrote_it"),
    ]


def test_what_is_released_to_the_partner_is_a_look_at_its_writer(couple: Couple) -> None:
    entry_id = couple.ana.post("/me/journal", ENTRY).json["entry_id"]
    couple.ana.post(f"/me/journal/{entry_id}/share", {"audience": "partner"})
    [shown] = couple.bo.get("/me/shared-with-me").json["items"]
    assert rows(couple)[-1] == (
        couple.bo_id, "partner", "read", "journal_snapshot", UUID(shown["shared_id"]), couple.ana_id, "released",
    )  # fmt: skip


def test_a_request_sent_again_is_a_look_and_no_second_change(couple: Couple) -> None:
    for _ in range(2):
        couple.ana.post("/me/journal", ENTRY, key="the-very-same-key")
    assert [(one[2], one[4] is not None) for one in rows(couple)] == [("change", True), ("read", True)]


def test_what_was_refused_is_not_written_down(couple: Couple) -> None:
    entry_id = couple.ana.post("/me/journal", ENTRY).json["entry_id"]
    before = rows(couple)
    assert couple.bo.get(f"/me/journal/{entry_id}").status_code == 404
    assert couple.ana.put(f"/me/journal/{entry_id}", ENTRY, etag='"7"').status_code == 412
    assert rows(couple) == before


def test_a_worker_that_opens_a_check_in_or_closes_a_concern_is_written_down(couple: Couple) -> None:
    couple.ended()
    couple.pass_days(2)
    opened = [one for one in rows(couple) if one[3] == "check_in"]
    assert {(one[1], one[2], one[5], one[6]) for one in opened} == {
        ("worker", "change", couple.ana_id, "timer"),
        ("worker", "change", couple.bo_id, "timer"),
    }
    check_in = couple.ana.get("/me/check-ins").json["items"][0]["check_in_id"]
    couple.ana.post(f"/me/check-ins/{check_in}/answer", UNSAFE)
    [concern] = couple.therapist.get("/safety-concerns").json["items"]
    couple.therapist.get(f"/safety-concerns/{concern['concern_id']}")
    assert [one[2:] for one in rows(couple) if one[0] == couple.therapist_id] == [
        ("read", "safety_concern", UUID(concern["concern_id"]), couple.ana_id, right)
        for right in ("treats_or_broke_glass", "treats_concerned")
    ]
    fact = AlertAcknowledged(
        alert_id=uuid4(), concern_id=UUID(concern["concern_id"]), person_id=couple.ana_id,
        by=couple.therapist_id, at=couple.world.now(couple.practice),
    )  # fmt: skip
    couple.world.tell(couple.practice, fact)
    assert [one[1:] for one in rows(couple) if one[3] == "safety_concern" and one[1] == "worker"] == [
        ("worker", "change", "safety_concern", UUID(concern["concern_id"]), couple.ana_id, "event")
    ]


def test_what_can_not_be_written_down_is_neither_shown_nor_done(couple: Couple) -> None:
    entry_id = couple.ana.post("/me/journal", ENTRY).json["entry_id"]
    with no_audit(couple.world):
        read = couple.ana.get(f"/me/journal/{entry_id}")
        written = couple.ana.post("/me/journal", {**ENTRY, "text": "Never kept."})
    assert [(one.status_code, one.json["code"]) for one in (read, written)] == [(503, "unavailable")] * 2
    assert [one["text"] for one in couple.ana.get("/me/journal").json["items"]] == [ENTRY["text"]]


def test_a_route_whose_rule_says_nothing_of_an_audit_finds_the_vault_closed(
    couple: Couple, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted fault: a route that shows words, and somebody forgot what to write down."""
    entry_id = couple.ana.post("/me/journal", ENTRY).json["entry_id"]
    forgetful = Rule(*(getattr(POLICY["integration.show_own_entry"], one) for one in ("roles", "relation")))
    with with_rule(couple.world, "integration.show_own_entry", forgetful) as errors:
        assert couple.ana.get(f"/me/journal/{entry_id}").status_code == 500
    assert [type(one) for one in errors] == [NotAudited]


def test_nobody_can_take_a_row_back(world: World) -> None:
    settings = world.sides["integration"].settings
    tries = {
        settings.database_url: (
            "SELECT 1 FROM audit_row", "DELETE FROM audit_row", "UPDATE audit_row SET roles = ''",
            "DELETE FROM audit_chain", "UPDATE audit_chain SET roles = ''", "SELECT 1 FROM audit_checkpoint",
        ),
        settings.worker_database_url: (
            "UPDATE audit_row SET roles = ''", "UPDATE audit_chain SET roles = ''", "DELETE FROM audit_chain",
            "UPDATE audit_checkpoint SET sequence = 0", "DELETE FROM audit_checkpoint", "TRUNCATE audit_row",
        ),
    }  # fmt: skip
    for url, statements in tries.items():
        for statement in statements:
            with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)  # type: ignore[arg-type]


@contextmanager
def no_audit(world: World) -> Iterator[None]:
    """The application may not add rows, as after a migration that went wrong."""
    with psycopg.connect(world.owner_urls["integration"], autocommit=True) as owner:
        owner.execute("REVOKE INSERT ON audit_row FROM attune_integration_app")
        try:
            yield
        finally:
            owner.execute("GRANT INSERT ON audit_row TO attune_integration_app")


@contextmanager
def with_rule(world: World, endpoint: str, rule: Rule) -> Iterator[list[BaseException]]:
    """The app with another rule for one route; yields what its code raised."""
    app: Flask = world.sides["integration"].app
    errors: list[BaseException] = []
    view = app.view_functions[endpoint]

    def watched(*args: Any, **kw: Any) -> Any:
        from flask import g

        g.rule = rule
        try:
            return view(*args, **kw)
        except BaseException as error:
            errors.append(error)
            raise

    app.view_functions[endpoint] = watched
    try:
        yield errors
    finally:
        app.view_functions[endpoint] = view
