"""Signing in at a practice's own OpenID provider: a real one, and one that lies."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from services.gateway.commands import openid as commands
from services.gateway.openid import Client, OpenId, Seen, Trip
from services.gateway.problems import SignInRefused
from services.gateway.tokens import SIGN_IN
from shared.clock import utcnow
from shared.db.tenancy import Scope
from tests.gateway.door import Practice
from tests.gateway.inviting import Notify
from tests.gateway.means import Human, at_work, comes_to_work, real_practice
from tests.gateway.provider import use_provider


@pytest.fixture
def real(clinic: Practice, issuer: str) -> Practice:
    """A practice whose practitioners may sign in there."""
    made = real_practice(clinic)
    use_provider(made, issuer)
    return made


def come_back(url: str, subject: str) -> str:
    """Sign in at the provider as `subject`; the code with which one comes back."""
    answer = httpx.post(url, data={"sub": subject}, trust_env=False)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["location"])
    home = f"{back.scheme}://{back.netloc}{back.path}".rpartition("/")
    assert home[0] == "http://localhost:8000/sign-in/openid/callback"
    assert UUID(home[2])
    return parse_qs(back.query)["code"][0]


def finished(begun: Any, code: str, **changed: Any) -> dict[str, Any]:
    state = parse_qs(urlsplit(begun["url"]).query)["state"][0]
    return {"state": state, "binding": begun["binding"], "code": code, **changed}


def sign_in(real: Practice, subject: str) -> Any:
    begun = real.door.post("/api/v1/sign-in/openid/begin", {"practice": real.slug}).json
    body = {**finished(begun, come_back(begun["url"], subject)), "practice": real.slug}
    return real.door.post("/api/v1/sign-in/openid/finish", body)


def link(human: Human, subject: str) -> Any:
    begun = human.post("/me/openid/begin").json
    answer = human.post("/me/openid", finished(begun, come_back(begun["url"], subject)))
    if answer.status_code == 201 and answer.json["sign_in"]:
        human.token = answer.json["sign_in"]["token"]
    return answer


def test_who_was_sent_a_link_signs_in_at_the_provider_from_then_on(real: Practice, notify: Notify) -> None:
    human = comes_to_work(real, notify, "practitioner")
    assert human.get("/me/means").json["may_have_openid"] is True
    linked = link(human, "mara")
    assert linked.status_code == 201, linked.text
    assert linked.json["has_openid"] is True
    assert human.get("/staff").status_code == 200
    signed = sign_in(real, "mara")
    assert signed.status_code == 201, signed.text
    assert signed.json["person_id"] == str(human.person_id)


def test_what_is_asked_of_the_provider_is_bound(real: Practice) -> None:
    begun = real.door.post("/api/v1/sign-in/openid/begin", {"practice": real.slug}).json
    asked = {name: value[0] for name, value in parse_qs(urlsplit(begun["url"]).query).items()}
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert re.fullmatch(r"[\w-]{43}", asked["code_challenge"])
    assert len(asked["nonce"]) == 43
    assert begun["binding"] not in begun["url"]
    assert "s3cret" not in begun["url"]
    operator = real.door.operator(real.slug)
    shown = real.door.get("/api/v1/practice/sign-in", headers=operator).json
    assert asked["redirect_uri"] == shown["comes_back_to"]
    assert asked["redirect_uri"].endswith(f"/sign-in/openid/callback/{real.id}")


class TestNobodyIsTakenOver:
    def test_a_mailbox_elsewhere_opens_nothing(self, real: Practice, notify: Notify) -> None:
        """The provider says an address that somebody here has: that is no proof of anything."""
        at_work(real, notify, "practitioner")
        answer = sign_in(real, "ana@example.org")
        assert (answer.status_code, answer.json["code"]) == (403, "sign_in_refused")

    def test_a_subject_is_one_persons(self, real: Practice, notify: Notify) -> None:
        mara, other = at_work(real, notify, "practitioner"), at_work(real, notify, "practitioner")
        assert link(mara, "one-only").status_code == 201
        assert link(other, "one-only").status_code == 403

    def test_a_role_that_may_not_is_refused(self, real: Practice, notify: Notify) -> None:
        desk = at_work(real, notify, "front_desk")
        assert link(desk, "fay").status_code == 403
        assert sign_in(real, "fay").status_code == 403

    def test_another_practice_has_no_such_provider(self, real: Practice, notify: Notify) -> None:
        elsewhere = real_practice(real)
        begun = real.door.post("/api/v1/sign-in/openid/begin", {"practice": elsewhere.slug})
        assert (begun.status_code, begun.json["code"]) == (409, "provider_not_there")
        mara = at_work(real, notify, "practitioner")
        link(mara, "abroad")
        trip = real.door.post("/api/v1/sign-in/openid/begin", {"practice": real.slug}).json
        body = {**finished(trip, come_back(trip["url"], "abroad")), "practice": elsewhere.slug}
        assert real.door.post("/api/v1/sign-in/openid/finish", body).status_code == 403

    def test_who_left_is_out_there_too(self, real: Practice, notify: Notify) -> None:
        admin, mara = at_work(real, notify, "practice_admin"), at_work(real, notify, "practitioner")
        link(mara, "leaver")
        admin.post(f"/staff/{mara.person_id}/leave")
        assert sign_in(real, "leaver").status_code == 403


class TestSilentSignIn:
    """A provider that knows the browser lets anybody in who sits at it: that shows nothing."""

    def signed_in(self, real: Practice, notify: Notify, auth_time: datetime | None) -> Human:
        human = at_work(real, notify, "practitioner")
        subject = f"silent-{human.person_id}"
        link(human, subject)
        seen, tokens = Seen(subject, auth_time), real.door.app.extensions["gateway_tokens"]
        at = real.door.world.clock()
        with real.door.app.extensions["attune_database"].transaction(Scope(real.id)) as db:
            made = commands.sign_in_by_openid(db, seen=seen, tokens=tokens, at=at, device=None)
            human.token = tokens.make(SIGN_IN, real.id, made)
        return human

    def test_it_signs_in_and_shows_nothing(self, real: Practice, notify: Notify) -> None:
        for long_ago in (real.door.world.clock() - timedelta(hours=1), None):
            human = self.signed_in(real, notify, long_ago)
            assert human.get("/me").status_code == 200
            assert human.post("/me/passkeys/challenge").json["code"] == "step_up_needed"

    def test_a_fresh_one_shows_that_it_is_them(self, real: Practice, notify: Notify) -> None:
        human = self.signed_in(real, notify, real.door.world.clock())
        assert human.post("/me/passkeys/challenge").status_code == 201

    def test_the_provider_is_asked_since_when(self, real: Practice) -> None:
        begun = real.door.post("/api/v1/sign-in/openid/begin", {"practice": real.slug}).json
        assert int(parse_qs(urlsplit(begun["url"]).query)["max_age"][0]) > 0


def test_a_link_of_a_role_that_may_not_any_more_is_no_way_in(
    real: Practice, notify: Notify, issuer: str
) -> None:
    """The last other way in must not be taken away while it is there."""
    human = at_work(real, notify, "practitioner")
    assert link(human, "demoted").status_code == 201
    body = {"issuer": issuer, "client_id": "attune", "client_secret": "x", "roles": ["front_desk"]}
    operator = real.door.operator(real.slug)
    real.door.post("/api/v1/practice/sign-in/openid-provider", body, headers=operator)
    (passkey,) = human.get("/me/means").json["passkeys"]
    answer = human.post(f"/me/passkeys/{passkey['passkey_id']}/remove")
    assert (answer.status_code, answer.json["code"]) == (409, "last_means")


class TestComingBack:
    def test_only_once_and_only_in_the_browser_that_left(self, real: Practice, notify: Notify) -> None:
        mara = at_work(real, notify, "practitioner")
        link(mara, "once")
        begun = real.door.post("/api/v1/sign-in/openid/begin", {"practice": real.slug}).json
        good = {**finished(begun, come_back(begun["url"], "once")), "practice": real.slug}
        other = real.door.post("/api/v1/sign-in/openid/begin", {"practice": real.slug}).json
        mixed = {**good, "state": finished(other, "x")["state"]}
        assert real.door.post("/api/v1/sign-in/openid/finish", mixed).status_code == 403
        assert real.door.post("/api/v1/sign-in/openid/finish", good).status_code == 201
        assert real.door.post("/api/v1/sign-in/openid/finish", good).status_code == 403

    def test_a_trip_serves_the_purpose_it_was_begun_for(self, real: Practice, notify: Notify) -> None:
        mara = at_work(real, notify, "practitioner")
        link(mara, "purpose")
        begun = mara.post("/me/openid/begin").json
        body = {**finished(begun, come_back(begun["url"], "purpose")), "practice": real.slug}
        assert real.door.post("/api/v1/sign-in/openid/finish", body).status_code == 403

    def test_a_code_that_is_none_is_refused(self, real: Practice) -> None:
        begun = real.door.post("/api/v1/sign-in/openid/begin", {"practice": real.slug}).json
        body = {**finished(begun, "made-up"), "practice": real.slug}
        answer = real.door.post("/api/v1/sign-in/openid/finish", body)
        assert (answer.status_code, answer.json["code"]) == (403, "sign_in_refused")


class TestWhatATokenMustSay:
    """Against tokens of our own making: right but for one thing."""

    CLIENT = Client(UUID(int=1), "https://id.example", "attune", "s3cret")
    TRIP = Trip("state", b"x" * 64)

    def subject(
        self, key: RSAKey, monkeypatch: pytest.MonkeyPatch, *, fresh: bool = False, **changed: Any
    ) -> str:
        now = int(utcnow().timestamp())
        claims = {
            "iss": "https://id.example", "aud": "attune", "sub": "mara", "nonce": self.TRIP.nonce,
            "iat": now, "exp": now + 300, "auth_time": now, **changed,
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        signer = changed.pop("signer", key)
        claims.pop("signer", None)
        token = jwt.encode({"alg": "RS256", "kid": "1"}, claims, signer)
        said = {
            "/.well-known/openid-configuration": {
                "issuer": "https://id.example",
                "authorization_endpoint": "https://id.example/go",
                "token_endpoint": "https://id.example/token",
                "jwks_uri": "https://id.example/keys",
            },
            "/token": {"id_token": token},
            "/keys": {"keys": [key.as_dict(private=False)]},
        }
        client = OpenId(public_url="https://attune.example")
        transport = httpx.MockTransport(lambda asked: httpx.Response(200, json=said[asked.url.path]))
        monkeypatch.setattr(client, "_http", httpx.Client(transport=transport))
        monkeypatch.setattr(client, "_check_address", lambda _: None)
        return client.subject(
            self.CLIENT, self.TRIP, "code", is_fresh_needed=fresh, now=datetime.now(UTC)
        ).subject

    @pytest.fixture(scope="class")
    def key(self) -> RSAKey:
        return RSAKey.generate_key(2048, {"kid": "1"})

    def test_the_right_one_is_taken(self, key: RSAKey, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self.subject(key, monkeypatch) == "mara"
        assert self.subject(key, monkeypatch, fresh=True) == "mara"

    @pytest.mark.parametrize(
        "changed",
        [
            {"iss": "https://other.example"},
            {"aud": "another"},
            {"aud": ["attune", "another"]},
            {"nonce": "another"},
            {"nonce": None},
            {"exp": 1},
            {"iat": 4102444800},
            {"sub": ""},
            {"sub": None},
            {"signer": RSAKey.generate_key(2048, {"kid": "1"})},
        ],
        ids=lambda changed: "-".join(changed),
    )
    def test_one_that_is_wrong_in_one_thing_is_not(
        self, key: RSAKey, monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any]
    ) -> None:
        with pytest.raises(SignInRefused):
            self.subject(key, monkeypatch, **changed)

    def test_showing_again_needs_a_sign_in_that_is_fresh(
        self, key: RSAKey, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for stale in (int(utcnow().timestamp()) - 3600, None):
            with pytest.raises(SignInRefused):
                self.subject(key, monkeypatch, fresh=True, auth_time=stale)
