"""Whose address a limit counts: the connection's, or what a proxy says that we were told to trust."""

import pytest

from services.gateway.limits import ALLOWANCES
from shared.settings import Settings, SettingsError, from_env
from tests.gateway.door import Door, door_to
from tests.gateway.standins import OK, Service
from tests.world.world import World

TRIES = ALLOWANCES["sign_in"].burst + 40  # one more every second while they run


def _tries(door: Door, *forwarded: str) -> list[int]:
    """Statuses of tries to sign in, each through a proxy that names these addresses."""
    body = {"practice": door.create_practice().slug, "person_id": "00000000-0000-4000-8000-000000000000"}
    return [
        door.post("/api/v1/demo/sign-in", body, headers={"X-Forwarded-For": one}).status_code
        for one in forwarded
    ]


def _behind(world: World, trusted: int) -> Door:
    return door_to(world, {"notify": Service(OK)}, trusted_proxies=trusted)


def test_what_a_caller_says_of_itself_counts_for_nothing(world: World) -> None:
    tries = _tries(_behind(world, 0), *(f"10.0.0.{n}" for n in range(TRIES)))
    assert 429 in tries


def test_a_proxy_that_is_trusted_tells_callers_apart(world: World) -> None:
    door = _behind(world, 1)
    assert 429 not in _tries(door, *(f"10.0.0.{n}" for n in range(TRIES)))
    assert 429 in _tries(door, *["10.0.0.1"] * TRIES)


def test_only_what_that_proxy_added_counts(world: World) -> None:
    door = _behind(world, 1)
    assert 429 in _tries(door, *(f"10.0.0.{n}, 203.0.113.9" for n in range(TRIES)))
    two = _behind(world, 2)
    assert 429 in _tries(two, *(f"{n}, 203.0.113.9, 10.0.0.{n}" for n in range(TRIES)))


def test_with_fewer_hops_than_there_should_be_the_connection_counts(world: World) -> None:
    assert 429 in _tries(_behind(world, 2), *(f"10.0.0.{n}" for n in range(TRIES)))


def test_nothing_else_a_proxy_says_is_believed(world: World) -> None:
    door = _behind(world, 1)
    lies = {"X-Forwarded-Host": "elsewhere.example", "X-Forwarded-Proto": "https"}
    answer = door.open("POST", "/sign-out", headers={**lies, "Origin": "https://elsewhere.example"})
    assert answer.status_code == 403


class TestSetting:
    def test_nobody_is_trusted_unless_it_says_so(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        _environment(world.sides["gateway"].settings, monkeypatch)
        assert from_env("gateway").trusted_proxies == 0
        monkeypatch.setenv("ATTUNE_TRUSTED_PROXIES", "2")
        assert from_env("gateway").trusted_proxies == 2
        assert from_env("intake").trusted_proxies == 0, "only the gateway meets callers"

    @pytest.mark.parametrize("wrong", ["-1", "x", "10.0.0.1"])
    def test_it_is_a_number_of_hops(self, world: World, monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
        _environment(world.sides["gateway"].settings, monkeypatch)
        monkeypatch.setenv("ATTUNE_TRUSTED_PROXIES", wrong)
        with pytest.raises(SettingsError, match="ATTUNE_TRUSTED_PROXIES"):
            from_env("gateway")


def _environment(known: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("database_url", "worker_database_url", "event_log_url"):
        monkeypatch.setenv(f"ATTUNE_{name.upper()}", getattr(known, name))
    for name in ("event_key", "vault_key", "cursor_key"):
        monkeypatch.setenv(f"ATTUNE_{name.upper()}", getattr(known, name).hex())
    monkeypatch.setenv("ATTUNE_ACTOR_PUBLIC_KEY", known.actor_public_key.decode())
