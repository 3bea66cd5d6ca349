"""What is wrong with a field: where, a code that stays, and a sentence in the reader's language."""

from typing import Any

import httpx
import pytest

from tests.gateway.door import Door, Practice, bearer, door_to
from tests.world.world import World


def errors(answer: Any) -> list[tuple[str, str, str]]:
    assert answer.status_code == 422
    return [(error["pointer"], error["code"], error["detail"]) for error in answer.json["errors"]]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "This is too long: 100 at most."), ("es-MX", "Es demasiado largo: 100 como máximo.")],
)
def test_what_a_service_says_of_a_field_is_passed_on_in_the_readers_language(
    door: Door, practice: Practice, language: str, sentence: str
) -> None:
    body = {"partners": [{"display_name": "x" * 101}]}
    headers = {**practice.signed_in("front_desk"), "Accept-Language": language}
    answer = door.post("/api/v1/intake/couples", body, headers=headers)
    assert errors(answer) == [("/partners/0/display_name", "too_long", sentence)]
    assert answer.json["errors"][0]["facts"] == {"most": 100}


def test_the_gateways_own_fields_speak_it_too(door: Door) -> None:
    body = {"name": "Oak", "slug": "No Slug", "zone": "Nowhere", "is_demo": 1, "more": 1}
    headers = {**door.operator(), "Accept-Language": "es"}
    told = errors(door.post("/api/v1/practices", body, headers=headers))
    assert sorted(told) == [
        ("/is_demo", "not_yes_or_no", "Responde true o false."),
        ("/more", "unknown", "Aquí no existe este campo."),
        ("/slug", "not_a_slug", "Usa de 3 a 63 letras minúsculas, cifras y guiones."),
        ("/zone", "not_a_zone", "Indica una zona horaria como America/Denver."),
    ]


@pytest.mark.parametrize(
    "odd",
    [
        {"pointer": "/a", "code": "of_a_newer_service", "detail": "As it said."},
        {"pointer": "/a", "detail": "As it said."},
        {"pointer": "/a", "code": "too_long", "detail": "As it said."},  # without its bounds
    ],
)
def test_what_the_gateway_has_no_sentence_for_stays_as_it_was_said(
    world: World, token: str, odd: dict[str, str]
) -> None:
    document = {"status": 422, "code": "fields_invalid", "errors": [odd]}
    told = httpx.Response(422, json=document, headers={"Content-Type": "application/problem+json"})
    answer = door_to(world, {"intake": lambda _: told}).get("/api/v1/intake/couples", headers=bearer(token))
    assert answer.status_code == 422
    assert answer.json["errors"] == [odd]
    assert answer.json["title"]


@pytest.mark.parametrize("body", [None, {}])
def test_signing_out_needs_nothing_said(door: Door, practice: Practice, body: Any) -> None:
    headers = {**practice.signed_in("front_desk"), "Idempotency-Key": "sign-out-once"}
    assert door.open("POST", "/api/v1/sign-out", json={"more": 1}, headers=headers).status_code == 422
    assert door.open("POST", "/api/v1/sign-out", json=body, headers=headers).status_code == 200
