"""Where somebody is signed in, showing that it is still them before private words, and leaving for good."""

import re
from datetime import datetime, timedelta

import httpx
import pytest

from services.gateway.devices import device_words
from services.gateway.policy import AT_HAND, NEED_PROOF, POLICY, WHILE_SETTING_UP, is_private
from shared.web.actor import PUBLIC
from tests.gateway.door import Door, Practice, bearer, door_to
from tests.gateway.inviting import Notify
from tests.gateway.means import Human, at_work, comes_by_invitation, sign_in_by_passkey
from tests.gateway.standins import OK
from tests.gateway.test_passkeys import show_again
from tests.shape.test_audit import holds_words, sealed_columns, shown_by
from tests.shape.test_policy import app_of
from tests.world.world import MovingClock, World

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile/15E148 Safari/604.1"


class TestSeeingThem:
    def test_each_says_where_and_when_and_can_be_ended(self, door: Door, practice: Practice) -> None:
        member = practice.join_staff("practitioner")
        body = {"practice": practice.slug, "person_id": str(member)}
        first, second = (
            door.post("/api/v1/demo/sign-in", body, headers={"User-Agent": agent}).json["token"]
            for agent in (FIREFOX, IPHONE)
        )
        stranger = practice.sign_in(practice.join_staff("practitioner"))
        shown = door.get("/api/v1/me/sign-ins", headers=bearer(second)).json["items"]
        assert {(one["device"], one["is_this_one"]) for one in shown} == {
            ("Firefox, Windows", False),
            ("Safari, iPhone", True),
        }
        assert all(datetime.fromisoformat(one["seen_at"]).second == 0 for one in shown)
        other = next(one["sign_in_id"] for one in shown if not one["is_this_one"])
        path = f"/api/v1/me/sign-ins/{other}/end"
        assert door.post(path, headers=bearer(stranger)).status_code == 404
        assert door.get("/api/v1/me", headers=bearer(first)).status_code == 200
        left = door.post(path, headers=bearer(second)).json["items"]
        assert [one["is_this_one"] for one in left] == [True]
        assert door.get("/api/v1/me", headers=bearer(first)).status_code == 401

    def test_all_others_are_ended_at_once(self, door: Door, practice: Practice) -> None:
        member = practice.join_staff("practitioner")
        tokens = [practice.sign_in(member) for _ in range(3)]
        stranger = practice.sign_in(practice.join_staff("practitioner"))
        door.post("/api/v1/me/sign-ins/end-others", headers=bearer(tokens[1]))
        states = [door.get("/api/v1/me", headers=bearer(one)).status_code for one in (*tokens, stranger)]
        assert states == [401, 200, 401, 200]

    @pytest.mark.parametrize(
        ("agent", "words"),
        [
            (FIREFOX, "Firefox, Windows"),
            (IPHONE, "Safari, iPhone"),
            ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36", "Chrome, Android"),
            ("Mozilla/5.0 (Macintosh) AppleWebKit Chrome/141 Safari/537.36 Edg/141.0", "Edge, Mac"),
            ("curl/8.5", None),
            ("<script>alert(1)</script>", None),
            ("", None),
        ],
    )  # fmt: skip
    def test_a_device_is_called_by_what_it_says_it_is(self, agent: str, words: str | None) -> None:
        assert device_words(agent) == words


class TestPrivateWords:
    def test_they_ask_again_after_a_quarter_of_an_hour(
        self, world: World, notify: Notify, real_clock: MovingClock
    ) -> None:
        door = door_to(world, {"notify": notify, "integration": lambda _: OK, "intake": lambda _: OK})
        real = door.create_practice(is_demo=False)
        human = comes_by_invitation(real, notify)
        assert human.add_passkey().status_code == 201
        assert human.get("/integration/me/journal").status_code == 200
        real_clock.ahead += timedelta(minutes=15)
        asked = human.get("/integration/me/journal")
        assert (asked.status_code, asked.json["code"]) == (403, "step_up_needed")
        assert human.get("/integration/me/journeys").status_code == 200, "what is not private goes on"
        for path in ("me/journal", "me/journal/x/share", "me/shared-by-me"):
            answer = human.post(f"/integration/{path}", {"text": "a long answer"})
            assert answer.status_code == 403, "the answer would hold words, or hand them on"
        taken_back = human.post("/integration/me/journal/x/unshare", {})
        assert (taken_back.status_code, taken_back.json) == (200, {}), "never held up, and without the words"
        human.token = show_again(human).json["token"]
        assert human.get("/integration/me/journal").status_code == 200

    def test_in_a_demo_the_one_tap_is_the_proof(self, world: World, real_clock: MovingClock) -> None:
        def fine(_: httpx.Request) -> httpx.Response:
            return httpx.Response(200, json={"display_name": "x", "contact_id": "0" * 32})

        door = door_to(world, {"integration": fine, "notify": Notify()})
        demo = door.create_practice()
        token = demo.sign_in(demo.join_staff("practitioner"))
        real_clock.ahead += timedelta(minutes=20)
        path = "/api/v1/integration/couples/x/partners/y/journal"
        assert door.get(path, headers=bearer(token)).status_code == 200

    @pytest.mark.parametrize("service", ["intake", "sessions", "integration"])
    def test_every_route_that_answers_with_private_words_is_marked(self, service: str) -> None:
        """Read off the services' own schemas: a new one that is not marked fails here."""
        app, sealed = app_of(service), sealed_columns(service)
        reading = [
            rule
            for rule in app.url_map.iter_rules()
            if any(holds_words(schema, sealed) for schema in shown_by(app.view_functions[rule.endpoint]))
        ]
        assert reading or service == "sessions"
        start = f"/api/v1/{service}/"
        paths = {rule.endpoint: re.sub("[<>]", "", rule.rule.removeprefix(start)) for rule in reading}
        unmarked = {name for name, path in paths.items() if not is_private(service, path)}
        assert unmarked == {name for name in AT_HAND if name.startswith(f"{service}.")}

    def test_what_asks_for_proof_and_what_does_not_wait_for_a_first_means_exists(self) -> None:
        assert set(POLICY) >= NEED_PROOF | WHILE_SETTING_UP
        assert not any(PUBLIC in POLICY[name].roles for name in NEED_PROOF)


class TestLeaving:
    def test_who_leaves_is_out_at_once_and_everywhere(
        self, real: Practice, notify: Notify, world: World
    ) -> None:
        admin, mara = at_work(real, notify, "practice_admin"), at_work(real, notify, "practitioner")
        world.pump()
        left = admin.post(f"/staff/{mara.person_id}/leave")
        assert left.status_code == 200, left.text
        assert mara.get("/me").status_code == 401
        assert sign_in_by_passkey(real, mara.device).status_code == 403
        assert str(mara.person_id) not in admin.get("/staff").text
        for table in ("passkey", "one_time_password", "oidc_identity"):
            mine = world.rows(
                "gateway", real.id, f"SELECT 1 FROM {table} WHERE person_id = %s", mara.person_id
            )
            assert mine == []
        world.pump()
        ((roles,),) = world.rows(
            "sessions", real.id, "SELECT roles FROM practitioner WHERE person_id = %s", mara.person_id
        )
        assert roles == []
        ((roles,),) = world.rows(
            "notify", real.id, "SELECT roles FROM member WHERE person_id = %s", mara.person_id
        )
        assert roles == []
        assert admin.post(f"/staff/{mara.person_id}/leave").status_code == 200
        assert admin.post(f"/staff/{mara.person_id}/invitations").status_code == 404

    def test_the_keys_that_they_made_open_nothing_any_more(self, real: Practice, notify: Notify) -> None:
        admin, other = at_work(real, notify, "practice_admin"), at_work(real, notify, "practice_admin")
        wanted = {"name": "Website", "scopes": ["bookings:read"], "lasts_days": 30}
        kept, gone = (one.post("/keys", wanted).json for one in (admin, other))
        left = admin.post(f"/staff/{other.person_id}/leave")
        assert left.status_code == 200, left.text
        listed = {one["key_id"]: one for one in admin.get("/keys").json["items"]}
        assert listed[gone["key_id"]]["revoked_at"] is not None
        assert listed[kept["key_id"]]["revoked_at"] is None

    def test_somebody_stays_who_runs_the_practice(self, real: Practice, notify: Notify) -> None:
        admin = at_work(real, notify, "practice_admin")
        last = admin.post(f"/staff/{admin.person_id}/leave")
        assert (last.status_code, last.json["code"]) == (409, "last_admin")
        other = at_work(real, notify, "practice_admin")
        assert admin.post(f"/staff/{other.person_id}/leave").status_code == 200

    def test_a_partner_does_not_leave_this_way(self, real: Practice, notify: Notify) -> None:
        admin, partner = at_work(real, notify, "practice_admin"), comes_by_invitation(real, notify)
        assert admin.post(f"/staff/{partner.person_id}/leave").status_code == 404

    def test_in_a_demo_nobody_signs_in_as_them_any_more(self, door: Door, practice: Practice) -> None:
        admin = Human(practice, practice.join_staff("practice_admin"), "")
        admin.token = practice.sign_in(admin.person_id)
        member = practice.join_staff("practitioner")
        assert admin.post(f"/staff/{member}/leave").status_code == 200
        body = {"practice": practice.slug, "person_id": str(member)}
        assert door.post("/api/v1/demo/sign-in", body).status_code == 404
        people = door.get(f"/api/v1/demo/people?practice={practice.slug}").json["items"]
        assert str(member) not in {one["person_id"] for one in people}
