"""What a request changes of records of care, or of who may look at them, is written down whatever its rule says."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from services.intake.commands import care as intake_care
from services.sessions.commands import gate
from shared.ids import NIL
from tests.audit.watching import requests_watched
from tests.gateway.conftest import door, notify
from tests.gateway.door import Door, bearer
from tests.intake.stage import Stage, set_stage
from tests.notify.mailserver import serving
from tests.privacy import acts, calendar_acts
from tests.privacy.home import Home, make_home
from tests.sessions.couple_in_care import couple_in_care
from tests.shape.test_changes_audited import written_down
from tests.world.world import Caller, World

__all__ = ["door", "notify"]
pytestmark = pytest.mark.A1


def changes(world: World, service: str, practice: UUID, route: str) -> list[tuple[Any, ...]]:
    """What a route's requests wrote down as changed: who, as what, kind, record, about whom, by what right."""
    found = world.rows(
        service,
        practice,
        "SELECT actor_id, roles, kind, record_id, about_id, relation FROM audit_row"
        " WHERE practice_id = %s AND act = 'change' AND route = %s ORDER BY at, id",
        practice,
        route,
    )
    return [tuple(one) for one in found]


@pytest.fixture
def stage(world: World) -> Stage:
    return set_stage(world)


def team(stage: Stage, *people: UUID, etag: str) -> Any:
    path = f"/couples/{stage.couple_id}/care-team"
    return stage.desk.put(path, {"practitioner_ids": [str(one) for one in people]}, etag=etag)


def test_who_changed_the_care_team_is_written_down(world: World, stage: Stage) -> None:
    clinician, colleague = stage.clinician.actor.person_id, uuid4()
    before = changes(world, "intake", stage.practice, "intake.change_care_team")
    assert team(stage, clinician, colleague, etag='"2"').status_code == 200
    assert team(stage, clinician, colleague, etag='"3"').status_code == 200, "which changes nothing"
    assert team(stage, clinician, etag='"2"').status_code == 412
    desk = (stage.desk.actor.person_id, "front_desk")
    assert changes(world, "intake", stage.practice, "intake.change_care_team") == [
        *before, (*desk, "couple", stage.couple_id, stage.couple_id, "role"),
    ]  # fmt: skip


def test_who_registered_a_couple_and_who_changed_its_policy(world: World, stage: Stage) -> None:
    body = {"partners": [{"display_name": "Cleo"}], "confidentiality_policy": "no_secrets"}
    for _ in range(2):
        made = stage.desk.post("/couples", body, key="the-very-same-key")
    couple_id, desk = UUID(made.json["couple_id"]), (stage.desk.actor.person_id, "front_desk")
    rows = changes(world, "intake", stage.practice, "intake.register_couple")
    assert {(one[2], one[4]) for one in rows if one[4] == couple_id} == {
        ("couple", couple_id),
        ("confidentiality_change", couple_id),
    }
    assert len([one for one in rows if one[4] == couple_id]) == 2
    assert {one[:2] for one in rows} == {desk}

    assert stage.agree_on("no_secrets").status_code == 200
    [row] = changes(world, "intake", stage.practice, "intake.change_confidentiality_policy")
    clinician = (stage.clinician.actor.person_id, "practitioner")
    assert (*row[:3], *row[4:]) == (
        *clinician, "confidentiality_change", stage.couple_id, "treats_couple",
    )  # fmt: skip


def test_a_mark_of_a_conflict_tells_of_the_care_team_too(world: World, stage: Stage) -> None:
    stage.mark_conflict(stage.clinician)
    [row] = changes(world, "intake", stage.practice, "intake.mark_conflict")
    assert row[2] == "conflict_mark"


def test_what_an_appointment_changes_of_a_medicine_session(world: World) -> None:
    care = couple_in_care(world)
    session_id, integration_id = care.confirmed()
    assert changes(world, "sessions", care.practice, "sessions.book_session") == [], "it was not enough yet"
    desk = care.desk
    assert desk.post(f"/bookings/{integration_id}/cancel").status_code == 201
    assert care.state_of(session_id) == "held"
    what = ("medicine_session", UUID(session_id), care.couple_id, "role")
    assert changes(world, "sessions", care.practice, "sessions.cancel_session") == [
        (desk.actor.person_id, "front_desk", *what)
    ]
    care.book()
    assert care.state_of(session_id) == "confirmed"
    [row] = changes(world, "sessions", care.practice, "sessions.book_session")
    assert row[2:] == what


def test_who_lets_somebody_work_here_invites_them_and_ends_it(world: World, door: Door) -> None:
    practice = door.create_practice()
    admin_id = practice.join_staff("practice_admin")
    admin = bearer(practice.sign_in(admin_id))
    ines = practice.join_staff("practitioner")
    assert door.post(f"/api/v1/staff/{ines}/invitations", headers=admin).status_code == 201
    for _ in range(2):
        assert door.post(f"/api/v1/staff/{ines}/leave", headers=admin).status_code == 200
    joined = changes(world, "gateway", practice.id, "gateway.join_staff")
    assert [one[:5] for one in joined] == [
        (NIL, "operator", "account", one, one) for one in (admin_id, ines)
    ]  # fmt: skip
    [link] = changes(world, "gateway", practice.id, "gateway.invite_staff")
    assert (link[0], link[2], link[4]) == (admin_id, "personal_link", ines)
    left = changes(world, "gateway", practice.id, "gateway.leave_staff")
    assert [one[:5] for one in left] == [(admin_id, "practice_admin", "account", ines, ines)]


def test_who_made_a_key_and_who_closed_it(world: World, door: Door) -> None:
    practice = door.create_practice()
    admin = bearer(practice.sign_in(practice.join_staff("practice_admin")))
    body = {"name": "Website", "scopes": ["couples:read"], "lasts_days": 30}
    key_id = UUID(door.post("/api/v1/keys", body, headers=admin).json["key_id"])
    for _ in range(2):
        assert door.post(f"/api/v1/keys/{key_id}/revoke", headers=admin).status_code == 200
    for route in ("gateway.make_key", "gateway.revoke_key"):
        assert [one[2:5] for one in changes(world, "gateway", practice.id, route)] == [
            ("api_key", key_id, None)
        ]


def test_what_can_not_be_written_down_is_not_done(world: World, stage: Stage) -> None:
    with psycopg.connect(world.owner_urls["intake"], autocommit=True) as owner:
        owner.execute("REVOKE INSERT ON audit_row FROM attune_intake_app")
        try:
            answer = team(stage, uuid4(), etag='"2"')
        finally:
            owner.execute("GRANT INSERT ON audit_row TO attune_intake_app")
    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
    ids = stage.desk.get(f"/couples/{stage.couple_id}").json["practitioner_ids"]
    assert ids == [str(stage.clinician.actor.person_id)]


# ---- a whole life, while the database watches ---------------------------------------------------------------

SERVICES = ("intake", "sessions", "integration", "notify")
LIFE = (
    *((act, n) for n in (0, 1, 3) for act in (*acts.OPEN, *acts.SECRET)),
    *((act, 0) for act in (*calendar_acts.OPEN, *calendar_acts.SECRET)),
    (calendar_acts.everything_is_arranged, 0),
)


@contextmanager
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What was asked and answered by a failure of ours."""
    found: list[str] = []
    ask = Caller._open

    def asking(caller: Caller, method: str, path: str, **kw: Any) -> Any:
        answer = ask(caller, method, path, **kw)
        if answer.status_code >= 500:
            found.append(f"{method} {caller.service}{path}: {answer.status_code}")
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(Caller, "_open", asking)
        yield found


@contextmanager
def a_watched_home(world: World) -> Iterator[Home]:
    with serving() as mail, ExitStack() as stack:
        for service in SERVICES:
            stack.enter_context(requests_watched(world, service, written_down(service)))
        home = make_home(world, mail)
        home.keeps_secrets = True
        yield home


def live(home: Home) -> None:
    for act, n in LIFE:
        home.go_on()
        act(home, n)


def test_no_request_changes_a_record_in_silence(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with a_watched_home(world) as home, broken(monkeypatch) as found:
        live(home)
        home.desk("sessions").post(f"/bookings/{home.made['integration'][0]}/cancel")
        medicine = home.therapist("sessions").get(f"/medicine-sessions/{home.made['medicine'][0]}")
        assert medicine.json["state"] == "held"
    assert found == []


def test_a_command_that_says_nothing_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the test above could not fail."""
    care = couple_in_care(world)
    _, integration_id = care.confirmed()
    for module in (gate, intake_care):
        monkeypatch.setattr(module, "changed", lambda *_, **__: None)
    with requests_watched(world, "sessions", written_down("sessions")), broken(monkeypatch) as found:
        care.desk.post(f"/bookings/{integration_id}/cancel")
    assert found == [f"POST sessions/bookings/{integration_id}/cancel: 500"]
    stage = set_stage(world)
    with requests_watched(world, "intake", written_down("intake")), broken(monkeypatch) as found:
        team(stage, uuid4(), etag='"2"')
    assert found == [f"PUT intake/couples/{stage.couple_id}/care-team: 500"]
