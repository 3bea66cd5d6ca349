"""Whom staff may invite, to which address, and how somebody who lost their way in gets back in."""

import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services.gateway.domain import normal_address
from shared.db.tenancy import Scope
from shared.events.intake import CareTeamChanged
from tests.gateway.door import Practice, bearer
from tests.gateway.inviting import Notify, accept, invite
from tests.world.world import World


def _forward(clinic: Practice, by: timedelta) -> None:
    admin = clinic.signed_in("practice_admin")
    moved = clinic.door.post("/api/v1/demo/clock", {"forward_s": int(by.total_seconds())}, headers=admin)
    assert moved.status_code == 201


class TestWhoInvites:
    @pytest.mark.P2
    @pytest.mark.parametrize("role", ["practitioner", "prescriber", "facilitator"])
    def test_a_clinician_invites_only_whom_they_treat(
        self, clinic: Practice, notify: Notify, world: World, role: str
    ) -> None:
        member = clinic.join_staff(role)
        headers = bearer(clinic.sign_in(member))
        couple_id, one, other = clinic.register_couple(member)
        _, stranger, _ = clinic.register_couple(uuid4())
        assert invite(clinic, headers, one).status_code == 201
        denied = invite(clinic, headers, stranger)
        assert (denied.status_code, denied.data) == (404, clinic.door.get("/api/v1/nothing").data)
        assert len(notify.contacts) == 2, "no address is stored for who is denied (the first is their own)"

        world.tell(clinic.id, CareTeamChanged(couple_id=couple_id, practitioner_ids=(uuid4(),)))
        assert invite(clinic, headers, other, email="ben@example.org").status_code == 404

    @pytest.mark.P2
    def test_the_desk_invites_whoever_is_in_care(self, clinic: Practice) -> None:
        for role in ("front_desk", "practice_admin"):
            _, one, _ = clinic.register_couple(uuid4())
            assert invite(clinic, clinic.signed_in(role), one).status_code == 201

    def test_a_care_team_is_kept_as_it_was_last_told(self, clinic: Practice, world: World) -> None:
        couple_id, first, second = uuid4(), uuid4(), uuid4()
        for team in ((first,), (first, second), (second,), (second,)):
            world.tell(clinic.id, CareTeamChanged(couple_id=couple_id, practitioner_ids=team))
        rows = world.rows("gateway", clinic.id, "SELECT couple_id, practitioner_id FROM care_team_member")
        assert [tuple(row) for row in rows] == [(couple_id, second)]


class TestAnAddressOfTheirOwn:
    @pytest.mark.parametrize("written", ["ana@example.org", "ANA@Example.org", "Ana@example.ORG"])
    def test_partners_of_a_couple_never_share_one(
        self, clinic: Practice, notify: Notify, written: str
    ) -> None:
        desk = clinic.signed_in("front_desk")
        _, one, other = clinic.register_couple()
        invite(clinic, desk, one)
        refused = invite(clinic, desk, other, email=written)
        assert (refused.status_code, refused.json["code"]) == (409, "address_in_use")
        assert refused.json["detail"] == "Each partner needs an address of their own."
        accept(clinic, notify.links[0])
        assert invite(clinic, desk, other, email=written).json["code"] == "address_in_use"
        assert len(notify.links) == 1
        assert invite(clinic, desk, other, email="ben@example.org").status_code == 201

    def test_the_same_person_and_other_couples_may_use_it(self, clinic: Practice) -> None:
        desk = clinic.signed_in("front_desk")
        _, one, _ = clinic.register_couple()
        for person_id in (one, one, clinic.register_partner()):
            assert invite(clinic, desk, person_id).status_code == 201

    def test_an_invitation_that_came_to_nothing_holds_none(self, clinic: Practice) -> None:
        desk = clinic.signed_in("front_desk")
        _, one, other = clinic.register_couple()
        invite(clinic, desk, one)
        invite(clinic, desk, one, email="other@example.org")  # replaces the first
        assert invite(clinic, desk, other).status_code == 201
        _, one, other = clinic.register_couple()
        invite(clinic, desk, one)
        _forward(clinic, timedelta(days=7))
        assert invite(clinic, clinic.signed_in("front_desk"), other).status_code == 201

    def test_an_address_is_compared_without_capitals_and_blanks(self) -> None:
        assert normal_address(" STRASSE@Example.ORG\t") == normal_address("straße@example.org")
        assert normal_address("ana@example.org") != normal_address("an.a@example.org")

    @pytest.mark.P3
    def test_what_is_kept_of_it_tells_nothing(self, clinic: Practice, world: World) -> None:
        desk = clinic.signed_in("front_desk")
        for _ in range(2):
            invite(clinic, desk, clinic.register_couple()[1])
        rows = world.rows("gateway", clinic.id, "SELECT address_hash FROM invitation")
        assert [len(bytes(row[0])) for row in rows] == [32, 32]
        assert rows[0] != rows[1], "not even that two couples use the same address"


class TestBackIn:
    """A partner who has a login but no way to sign in."""

    def test_a_joined_partner_is_invited_again_into_their_own_login(
        self, clinic: Practice, notify: Notify, world: World
    ) -> None:
        desk = clinic.signed_in("front_desk")
        _, one, other = clinic.register_couple()
        invite(clinic, desk, one)
        invite(clinic, desk, other, email="ben@example.org")
        accept(clinic, notify.links[0])
        accept(clinic, notify.links[1])
        again = invite(clinic, desk, one)
        assert (again.status_code, again.json["state"]) == (201, "open")

        back = accept(clinic, notify.links[2])
        assert (back.json["person_id"], back.json["roles"]) == (str(one), ["partner"])
        me = clinic.door.get("/api/v1/me", headers=bearer(back.json["token"]))
        assert me.json["person_id"] == str(one)
        accounts = world.rows("gateway", clinic.id, "SELECT 1 FROM account WHERE 'partner' = ANY (roles)")
        assert len(accounts) == 2, "no login was added"
        assert accept(clinic, notify.links[2]).status_code == 404, "it works once"
        rows = world.rows("gateway", clinic.id, "SELECT payload FROM outbox ORDER BY id DESC LIMIT 1")
        assert json.loads(bytes(rows[0].payload))["contact_id"] == again.json["contact_id"]

    def test_it_goes_only_to_an_address_they_joined_with(self, clinic: Practice, notify: Notify) -> None:
        desk, person_id = clinic.signed_in("front_desk"), clinic.register_partner()
        invite(clinic, desk, person_id)
        accept(clinic, notify.links[0])
        elsewhere = invite(clinic, desk, person_id, email="somebody@else.example")
        assert (elsewhere.status_code, elsewhere.json["code"]) == (409, "not_their_address")
        assert len(notify.links) == 1
        assert invite(clinic, desk, person_id).status_code == 201

    def test_its_link_ends_like_any_other(self, clinic: Practice, notify: Notify) -> None:
        desk, person_id = clinic.signed_in("front_desk"), clinic.register_partner()
        invite(clinic, desk, person_id)
        accept(clinic, notify.links[0])
        invite(clinic, desk, person_id)
        invite(clinic, desk, person_id)
        assert accept(clinic, notify.links[1]).status_code == 404, "ended by the one after it"
        _forward(clinic, timedelta(days=7))
        assert accept(clinic, notify.links[2]).status_code == 404

    def test_it_opens_no_login_of_staff(self, clinic: Practice, notify: Notify, world: World) -> None:
        person_id = clinic.register_partner()
        invite(clinic, clinic.signed_in("front_desk"), person_id)
        with world.sides["gateway"].app.extensions["attune_database"].transaction(Scope(clinic.id)) as db:
            db.connection().exec_driver_sql(
                "INSERT INTO account (person_id, roles, joined_at) VALUES (%s, '{practitioner,partner}', now())",
                (person_id,),
            )
        assert accept(clinic, notify.links[0]).status_code == 404


class TestWhatStaffSee:
    def test_an_invitation_whose_message_got_lost_shows(
        self, clinic: Practice, notify: Notify, world: World
    ) -> None:
        desk = clinic.signed_in("front_desk")
        lost, told = clinic.register_partner(), clinic.register_partner()
        assert invite(clinic, desk, told).json["is_message_sent"] is True
        notify.is_down_for = {"messages"}
        assert invite(clinic, desk, lost, key="the-same-key").status_code == 503
        shown = {UUID(one["person_id"]): one for one in _list(clinic, desk)["items"]}
        assert {person_id: one["is_message_sent"] for person_id, one in shown.items()} == {
            told: True,
            lost: False,
        }
        assert set(shown[lost]) == {
            "invitation_id", "person_id", "contact_id", "expires_at", "state", "is_message_sent",
        }  # fmt: skip
        assert "@" not in str(shown)

        notify.is_down_for = set()
        assert invite(clinic, desk, lost, key="the-same-key").json["is_message_sent"] is True
        assert all(one["is_message_sent"] for one in _list(clinic, desk)["items"])

    def test_a_message_that_was_taken_is_not_handed_over_again(
        self, clinic: Practice, notify: Notify
    ) -> None:
        desk, person_id = clinic.signed_in("front_desk"), clinic.register_partner()
        first = invite(clinic, desk, person_id, key="the-same-key")
        notify.is_down_for = {"messages"}
        assert invite(clinic, desk, person_id, key="the-same-key").data == first.data

    def test_only_open_ones_newest_first_and_in_pages(self, clinic: Practice, notify: Notify) -> None:
        desk = clinic.signed_in("front_desk")
        gone = clinic.register_partner()
        invite(clinic, desk, gone)
        _forward(clinic, timedelta(days=7))
        desk = clinic.signed_in("front_desk")
        people = [clinic.register_partner() for _ in range(4)]
        for person_id in (*people, people[3]):
            invite(clinic, desk, person_id)
        accept(clinic, notify.links[1])  # the first of the four
        first = _list(clinic, desk, "?limit=2")
        rest = _list(clinic, desk, f"?limit=2&cursor={first['next_cursor']}")
        seen = [UUID(one["person_id"]) for one in first["items"] + rest["items"]]
        assert seen == [people[3], people[2], people[1]]
        assert rest["next_cursor"] is None

    @pytest.mark.P2
    def test_another_practice_sees_its_own(self, clinic: Practice) -> None:
        invite(clinic, clinic.signed_in("front_desk"), clinic.register_partner())
        other = clinic.door.create_practice()
        assert _list(clinic, other.signed_in("practice_admin"))["items"] == []

    @pytest.mark.P2
    @pytest.mark.parametrize("role", ["practitioner", "prescriber", "facilitator"])
    def test_it_is_the_desks(self, clinic: Practice, role: str) -> None:
        answer = clinic.door.get("/api/v1/invitations", headers=clinic.signed_in(role))
        assert (answer.status_code, answer.json["code"]) == (404, "not_found")

    def test_a_page_has_bounds(self, clinic: Practice) -> None:
        desk = clinic.signed_in("front_desk")
        assert clinic.door.get("/api/v1/invitations?limit=0", headers=desk).status_code == 422
        assert clinic.door.get("/api/v1/invitations?cursor=x", headers=desk).status_code == 400


def _list(clinic: Practice, headers: dict[str, str], query: str = "") -> dict[str, list[dict[str, str]]]:
    answer = clinic.door.get(f"/api/v1/invitations{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    body: dict[str, list[dict[str, str]]] = answer.json
    return body
