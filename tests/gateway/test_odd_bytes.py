"""Bytes that no well-behaved client sends: they are the caller's mistake, never ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pytest

from tests.gateway.door import Door, bearer, door_to
from tests.gateway.standins import OK, Service
from tests.world.world import World

JSON = "application/json"
ODD = ["\xe9", "\xff", "a\x7fb", "\x80\x81"]


@dataclass
class Behind:
    """A door with one service behind it, as somebody who is signed in."""

    door: Door
    intake: Service
    token: str

    def send(
        self, *, method: str = "GET", headers: Mapping[str, str] = MappingProxyType({}), **kw: Any
    ) -> Any:
        """Status, code and how often the service behind was asked."""
        self.intake.asked.clear()
        sent = {**bearer(self.token), **headers}
        answer = self.door.open(method, "/api/v1/intake/couples", headers=sent, **kw)
        return answer.status_code, (answer.json or {}).get("code", ""), len(self.intake.asked)


@pytest.fixture(scope="module")
def behind(world: World, token: str) -> Behind:
    intake = Service(OK)
    return Behind(door_to(world, {"intake": intake}), intake, token)


@pytest.mark.parametrize("odd", [*ODD, "a=\xff&b=1", "\t", " ", "\x00", "\x01"])
def test_in_a_query(behind: Behind, odd: str) -> None:
    raw = {"QUERY_STRING": odd}
    assert behind.send(environ_overrides=raw) == (400, "malformed", 0)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("name", ["If-Match", "Idempotency-Key", "Content-Type", "Accept-Language"])
def test_in_a_header_that_is_passed_on(behind: Behind, name: str, odd: str) -> None:
    value = f"{JSON}; charset={odd}" if name == "Content-Type" else f'"{odd}"'
    sent = {"Idempotency-Key": "0123456789", name: value}
    assert behind.send(headers=sent) == (400, "malformed", 0)
    wanted = behind.send(method="POST", data=b"{}", headers={"Content-Type": JSON, **sent})
    assert wanted == (400, "malformed", 0)


@pytest.mark.parametrize("query", ["a=%FF&b=%C3%A9", "", "a=1&a=2", "a='\"<>|{}", "%", "a=b=c?d/e"])
def test_what_is_plain_goes_through(behind: Behind, query: str) -> None:
    sent = {"If-Match": '"6"', "Accept-Language": "es-MX,\tes;q=0.8"}
    assert behind.send(environ_overrides={"QUERY_STRING": query}, headers=sent) == (200, "", 1)


def test_no_byte_breaks_the_door(behind: Behind) -> None:
    for number in range(256):
        query = {"QUERY_STRING": f"a={chr(number)}"}
        assert behind.send(environ_overrides=query)[0] in (200, 400), number
