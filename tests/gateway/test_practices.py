"""The operator makes practices; everybody else can't tell that there are any."""

from collections.abc import Callable
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from shared.db.tenancy import Scope
from shared.ids import NIL
from tests.gateway.door import Door, Practice, bearer, door_to
from tests.world.world import World

BODY = {"name": "Oak Practice", "zone": "America/Denver", "is_demo": True}


def test_a_practice_is_created_once_however_often_it_is_asked_for(door: Door, world: World) -> None:
    body = {**BODY, "slug": "once-only"}
    first = door.post("/api/v1/practices", body, key="the-same-key", headers=door.operator())
    again = door.post("/api/v1/practices", body, key="the-same-key", headers=door.operator())
    assert first.status_code == again.status_code == 201, first.text
    assert first.data == again.data
    practice_id = UUID(first.json["practice_id"])
    assert len(world.rows("gateway", practice_id, "SELECT 1 FROM practice_profile")) == 1
    world.pump()
    for service in ("intake", "sessions", "integration", "notify"):
        zones = world.rows(
            service, practice_id, "SELECT zone FROM practice WHERE practice_id = %s", practice_id
        )
        assert [row.zone for row in zones] == ["America/Denver"]


def test_messages_go_out_in_the_practices_name(door: Door, world: World) -> None:
    made = door.create_practice()
    assert [row[0] for row in world.rows("notify", made.id, "SELECT display_name FROM sender")] == [
        "Oak Practice"
    ]


def test_two_practices_cannot_have_one_address(door: Door) -> None:
    made = door.create_practice()
    answer = door.post("/api/v1/practices", {**BODY, "slug": made.slug}, headers=door.operator())
    assert (answer.status_code, answer.json["code"]) == (409, "slug_taken")


def test_a_retry_completes_a_practice_whose_sender_could_not_be_named(world: World) -> None:
    answers: list[Callable[[httpx.Request], httpx.Response]] = [_broken, _named]
    asked: list[httpx.Request] = []

    def notify(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return answers.pop(0)(request)

    door = door_to(world, {"notify": notify})
    body = {**BODY, "slug": "half-done"}
    first = door.post("/api/v1/practices", body, key="of-a-half-done", headers=door.operator())
    again = door.post("/api/v1/practices", body, key="of-a-half-done", headers=door.operator())
    assert (first.status_code, first.json["code"], first.headers["Retry-After"]) == (503, "unavailable", "2")
    assert again.status_code == 201
    assert [one.url.path for one in asked] == ["/api/v1/notify/sender"] * 2


def _broken(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused")


def _named(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"display_name": "Oak Practice"})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("zone", "Mars/Base"),
        ("slug", "No Such!"),
        ("slug", "-x-"),
        ("name", "  "),
        ("name", 'A "B"'),
        ("is_demo", "yes"),
    ],
)
def test_a_field_that_is_wrong_is_named(door: Door, field: str, value: object) -> None:
    body = {**BODY, "slug": "fields", field: value}
    answer = door.post("/api/v1/practices", body, headers=door.operator())
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json["errors"]] == [f"/{field}"]


@pytest.mark.P2
def test_a_wrong_operator_key_is_nobody(door: Door) -> None:
    headers = door.operator(key=door.world.operator_key[:-1] + "é")
    headers["Authorization"] = headers["Authorization"].encode().decode("latin-1")
    answer = door.post("/api/v1/practices", {**BODY, "slug": "wrong-key"}, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (401, "not_signed_in")


@pytest.mark.P2
def test_staff_cannot_create_or_look_up_practices(door: Door, practice: Practice) -> None:
    admin = practice.signed_in("practice_admin")
    assert door.post("/api/v1/practices", {**BODY, "slug": "mine"}, headers=admin).status_code == 404
    assert door.get(f"/api/v1/practices/{practice.slug}", headers=admin).status_code == 404
    assert (
        door.get(f"/api/v1/practices/{practice.slug}", headers=door.operator()).json["slug"] == practice.slug
    )
    assert door.get("/api/v1/practices/nowhere", headers=door.operator()).status_code == 404


def test_the_operator_must_say_which_practice(door: Door) -> None:
    body = {"display_name": "Ines", "roles": ["practitioner"], "email": "ines@example.org"}
    assert door.post("/api/v1/staff", body, headers=door.operator()).json["code"] == "practice_not_named"
    assert door.post("/api/v1/staff", body, headers=door.operator("nowhere")).json["code"] == "not_found"


def test_the_directory_is_read_without_a_practice_and_written_only_for_ones_own(
    world: World, practice: Practice
) -> None:
    database = world.sides["gateway"].app.extensions["attune_database"]
    with database.transaction(Scope()) as db:
        found = db.execute(
            text("SELECT practice_id FROM practice_directory WHERE slug = :s"), {"s": practice.slug}
        )
        assert found.scalar_one() == practice.id
        assert db.execute(text("SELECT 1 FROM practice_profile")).all() == []
    forged = text("INSERT INTO practice_directory (slug, practice_id, is_demo) VALUES ('forged', :p, true)")
    with pytest.raises(ProgrammingError, match="row-level security"), database.transaction(Scope(NIL)) as db:
        db.execute(forged, {"p": practice.id})
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        database.transaction(Scope(practice.id)) as db,
    ):
        db.execute(text("UPDATE practice_directory SET slug = 'other'"))


def test_an_admin_adds_staff_and_everybody_on_the_staff_sees_them(
    door: Door, practice: Practice, world: World
) -> None:
    admin = practice.signed_in("practice_admin")
    body = {"display_name": "Ada", "roles": ["prescriber", "practitioner"], "email": "ada@example.org"}
    first = door.post("/api/v1/staff", body, key="the-same-key", headers=admin)
    again = door.post("/api/v1/staff", body, key="the-same-key", headers=admin)
    assert first.status_code == 201, first.text
    assert first.data == again.data
    assert first.json["roles"] == ["practitioner", "prescriber"]
    listed = door.get("/api/v1/staff", headers=practice.signed_in("front_desk")).json["items"]
    assert [one["display_name"] for one in listed] == ["Ada", "Ines", "Ines"]


@pytest.mark.P2
def test_only_admins_add_staff(door: Door, practice: Practice) -> None:
    body = {"display_name": "Ada", "roles": ["practice_admin"], "email": "ada@example.org"}
    for role in ("front_desk", "practitioner"):
        assert door.post("/api/v1/staff", body, headers=practice.signed_in(role)).status_code == 404
    assert door.post("/api/v1/staff", body).status_code == 401
    wrong = door.post("/api/v1/staff", {**body, "roles": ["operator"]}, headers=door.operator(practice.slug))
    assert wrong.status_code == 422


@pytest.mark.P3
def test_an_address_is_never_kept_here(door: Door, practice: Practice, world: World) -> None:
    body = {"display_name": "Ada", "roles": ["practitioner"], "email": "canary-7f3@example.org"}
    assert door.post("/api/v1/staff", body, headers=door.operator(practice.slug)).status_code == 201
    for table in ("account", "idempotency", "outbox", "sign_in"):
        assert "canary-7f3" not in repr(
            world.rows("gateway", practice.id, f"SELECT {table}::text FROM {table}")
        )


def test_an_address_that_notify_refuses_is_our_email_field(world: World) -> None:
    def notify(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/sender"):
            return _named(request)
        problem = {
            "code": "fields_invalid",
            "status": 422,
            "errors": [{"pointer": "/address", "detail": "no"}],
        }
        return httpx.Response(422, json=problem, headers={"Content-Type": "application/problem+json"})

    door = door_to(world, {"notify": notify})
    practice = door.create_practice()
    body = {"display_name": "Ada", "roles": ["practitioner"], "email": "a@example.org"}
    answer = door.post("/api/v1/staff", body, headers=door.operator(practice.slug))
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/email")
    assert answer.json["title"]


def test_another_practice_is_another_world(door: Door, practice: Practice) -> None:
    other = door.create_practice()
    practice.join_staff("practitioner", name="Mine")
    theirs = door.get("/api/v1/staff", headers=other.signed_in("practice_admin")).json["items"]
    assert [one["display_name"] for one in theirs] == ["Ines"]
    body = {"practice": other.slug, "person_id": str(practice.join_staff("practitioner"))}
    assert door.post("/api/v1/demo/sign-in", body).status_code == 404
    token = practice.sign_in(practice.join_staff("practitioner"))
    assert door.get("/api/v1/me", headers=bearer(token)).json["practice_id"] == str(practice.id)
