"""What the gateway passes on, to whom it says it is, and what never goes through or comes back."""

import httpx
import pytest

from shared.clock import utcnow
from shared.ids import NIL
from shared.web.actor import Actor, Verifier
from tests.gateway.door import Door, Practice, bearer, door_to
from tests.gateway.standins import OK, REFUSED, Service
from tests.world.world import World


def test_a_request_goes_on_as_it_is_with_a_fresh_token_for_that_service(
    world: World, practice: Practice
) -> None:
    person_id = practice.join_staff("practitioner", "prescriber")
    answer = httpx.Response(
        201,
        content=b'{"done": 1}',
        headers={
            "Content-Type": "application/json",
            "ETag": '"7"',
            "Retry-After": "3",
            "Content-Disposition": "attachment",
            "Server": "inside/1.0",
            "Location": "http://10.9.8.7:5/inside",
        },
    )
    intake = Service(answer)
    door = door_to(world, {"intake": intake})
    trace = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"
    got = door.open(
        "PUT",
        "/api/v1/intake/couples/x/care-team?a=%C3%A9&b=1",
        data=b'{"practitioner_ids": []}',
        headers={
            **bearer(practice.sign_in(person_id)),
            "Content-Type": "application/json",
            "If-Match": '"6"',
            "Idempotency-Key": "0123456789",
            "Accept-Language": "es",
            "traceparent": trace,
            "Cookie": "other=1",
            "X-Forwarded-For": "1.2.3.4",
        },
    )
    (asked,) = intake.asked
    assert (asked.method, asked.url.raw_path) == ("PUT", b"/api/v1/intake/couples/x/care-team?a=%C3%A9&b=1")
    assert asked.content == b'{"practitioner_ids": []}'
    assert asked.headers["If-Match"] == '"6"'
    assert asked.headers["Idempotency-Key"] == "0123456789"
    assert asked.headers["Accept-Language"] == "es"
    assert asked.headers["traceparent"].startswith(trace[:36])
    assert "Cookie" not in asked.headers
    assert "X-Forwarded-For" not in asked.headers
    verifier = Verifier(world.sides["gateway"].settings.actor_public_key, audience="intake")
    actor = verifier.verify(asked.headers["Authorization"].removeprefix("Bearer "), now=utcnow())
    assert actor == Actor(practice.id, person_id, frozenset({"practitioner", "prescriber"}))
    assert (got.status_code, got.data, got.headers["ETag"]) == (201, b'{"done": 1}', '"7"')
    assert got.headers["Retry-After"] == "3"
    assert got.headers["Content-Disposition"] == "attachment"
    assert "Server" not in got.headers
    assert "Location" not in got.headers


def test_the_operator_is_passed_on_in_the_practice_named(world: World, practice: Practice) -> None:
    sessions = Service(OK)
    door = door_to(world, {"sessions": sessions})
    assert door.get("/api/v1/sessions/rooms", headers=door.operator(practice.slug)).status_code == 200
    verifier = Verifier(world.sides["gateway"].settings.actor_public_key, audience="sessions")
    sent = sessions.asked[0].headers["Authorization"].removeprefix("Bearer ")
    assert verifier.verify(sent, now=utcnow()) == Actor(practice.id, NIL, frozenset({"operator"}))


@pytest.mark.P2
def test_nobody_gets_through_without_signing_in(world: World) -> None:
    intake = Service(OK)
    assert door_to(world, {"intake": intake}).get("/api/v1/intake/couples").status_code == 401
    assert intake.asked == []


@pytest.mark.P2
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        "notify/contacts", "notify/messages", "notify/contacts/x", "notify/./contacts", "notify/x/../contacts",
        "notify/%63ontacts", "notify/contacts%2F", "notify/%2e/messages", "notify/contacts;a", "notify/contacts%00",
        "intake/../notify/contacts", "intake/a%20b", "intake/a?b%2Fc/../d",
    ],
)  # fmt: skip
def test_what_takes_addresses_and_secrets_is_never_forwarded(
    world: World, token: str, method: str, path: str
) -> None:
    notify, intake = Service(OK), Service(OK)
    door = door_to(world, {"notify": notify, "intake": intake})
    answer = door.open(method, f"/api/v1/{path}", headers={**bearer(token), "Idempotency-Key": "0123456789"})
    if "?" not in path:
        assert answer.status_code in (404, 308), answer.text
        assert notify.asked == intake.asked == []
    assert all("contacts" not in str(one.url) for one in notify.asked)


@pytest.mark.P2
@pytest.mark.parametrize("language", ["en", "es"])
def test_whatever_is_missing_or_denied_has_the_same_bytes(
    door: Door, practice: Practice, language: str
) -> None:
    headers = {**practice.signed_in("front_desk"), "Accept-Language": language}
    missing = "00000000-0000-4000-8000-000000000000"
    paths = [
        "/api/v1/nowhere",
        "/api/v1/other-service/couples",
        "/api/v1/intake/nowhere",
        f"/api/v1/intake/couples/{missing}",
        "/api/v1/intake/me/couple",
        "/api/v1/notify/contacts",
        f"/api/v1/practices/{practice.slug}",
        f"/api/v1/sessions/bookings/{missing}",
        "/api/v1/demo/mailbox?to=a@example.org",
    ]
    answers = [door.get(path, headers=headers) for path in paths]
    assert [one.status_code for one in answers] == [404] * len(paths)
    assert len({one.data for one in answers}) == 1
    assert len({tuple(sorted(one.headers.items())) for one in answers}) == 1
    assert answers[0].json["title"] == {"en": "There’s nothing here", "es": "Aquí no hay nada"}[language]


@pytest.mark.P2
def test_a_services_own_way_of_saying_no_does_not_show(world: World, token: str) -> None:
    """Whatever a service sends with a 404: here it is the one answer for missing and denied."""
    odd = httpx.Response(404, json={"code": "not_found", "status": 404, "facts": {"of": "couple"}},
                         headers={"Content-Type": "application/problem+json", "ETag": '"4"'})  # fmt: skip
    door = door_to(world, {"intake": Service(odd)})
    answer = door.get("/api/v1/intake/couples/x", headers=bearer(token))
    plain = door.get("/api/v1/nowhere", headers=bearer(token))
    assert answer.data == plain.data
    assert sorted(answer.headers.items()) == sorted(plain.headers.items())


def test_a_problem_of_a_service_gets_its_words_here(world: World, token: str) -> None:
    problem = {"type": "urn:attune:problem:slot_taken", "status": 409, "code": "slot_taken"}
    taken = httpx.Response(409, json=problem, headers={"Content-Type": "application/problem+json"})
    door = door_to(world, {"sessions": Service(taken)})
    spanish = door.post(
        "/api/v1/sessions/bookings", headers={**bearer(token), "Accept-Language": "es-MX, en;q=0.5"}
    )
    other = door.post("/api/v1/sessions/bookings", headers={**bearer(token), "Accept-Language": "fr"})
    assert spanish.json["title"] == "Esa hora no está libre"
    assert other.json["title"] == "That time isn’t free"
    assert spanish.headers["Content-Type"] == "application/problem+json"
    assert spanish.headers["Content-Language"] == "es"


@pytest.mark.parametrize(
    "answer",
    [
        REFUSED,
        httpx.ReadTimeout("http://10.9.8.7:5"),
        httpx.Response(500, text="Traceback http://10.9.8.7:5"),
        httpx.Response(502, text="http://10.9.8.7:5"),
        httpx.Response(302, headers={"Location": "http://10.9.8.7:5/"}),
        httpx.Response(401, json={"code": "not_signed_in"}),
    ],
)
def test_where_services_live_never_shows(
    world: World, token: str, answer: httpx.Response | Exception
) -> None:
    door = door_to(world, {"intake": Service(answer)})
    got = door.get("/api/v1/intake/couples", headers=bearer(token))
    assert got.status_code in (404, 500, 503)
    assert "10.9.8.7" not in got.text + str(got.headers)
    assert got.json["code"] in ("not_found", "unavailable", "unexpected")


def test_a_body_too_large_stops_at_the_door(world: World, token: str) -> None:
    intake = Service(OK)
    door = door_to(world, {"intake": intake})
    answer = door.post("/api/v1/intake/enquiries", {"words": "x" * 300_000}, headers=bearer(token))
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")
    assert intake.asked == []


def test_a_body_that_is_not_json_stops_at_the_door(world: World, token: str) -> None:
    door = door_to(world, {"intake": Service(OK)})
    sent = {"method": "POST", "path": "/api/v1/intake/enquiries"}
    json_type = {**bearer(token), "Content-Type": "application/json"}
    assert door.open(**sent, data=b"{", headers=json_type).status_code == 400  # type: ignore[arg-type]
    form = door.open(**sent, data={"a": "1"}, headers=bearer(token))  # type: ignore[arg-type]
    assert (form.status_code, form.json["code"]) == (415, "media_not_supported")
