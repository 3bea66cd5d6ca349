"""Partners share an address: neither may keep the other from signing in, or learn whether and when they did."""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from services.gateway.commands import waits
from services.gateway.guessing import COOKIE
from services.gateway.limits import ALLOWANCES, Limits
from services.gateway.tokens import Tokens
from shared.db.tenancy import Scope
from tests.gateway.door import Practice, bearer
from tests.gateway.inviting import Notify
from tests.gateway.means import EMAIL, Human, comes_by_invitation
from tests.gateway.visitor import Visitor
from tests.world.world import MovingClock, World

OTP, RECOVERY = "one_time_password", "recovery_code"
BO = "bo@example.org"
HOME = "203.0.113.7"


def at(address: str, device: str = "") -> dict[str, Any]:
    """From where a request comes, and what its browser keeps."""
    headers = {"Cookie": f"{COOKIE}={device}"} if device else {}
    return {"environ_overrides": {"REMOTE_ADDR": address}, "headers": headers}


def attempt(real: Practice, by: str, secret: str, *, email: str = EMAIL, device: str = "", **kw: Any) -> Any:
    body = {"practice": real.slug, "email": email, "by": by, "secret": secret}
    return real.door.post("/api/v1/sign-in/typed", body, **at(kw.get("address", HOME), device))


def challenge(real: Practice, address: str = HOME, device: str = "") -> int:
    begun = real.door.post(
        "/api/v1/sign-in/passkey/challenge", {"practice": real.slug}, **at(address, device)
    )
    return int(begun.status_code)


def kept(answer: Any) -> str:
    """The cookie of a device that an answer gives, whole; empty where it gives none."""
    given = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith(f"{COOKIE}=")]
    assert len(given) <= 1
    return str(given[0]) if given else ""


def device_of(answer: Any) -> str:
    assert answer.status_code in (200, 201), answer.text
    return kept(answer).removeprefix(f"{COOKIE}=").partition(";")[0]


def hold(real: Practice, clock: MovingClock) -> None:
    """Guess at home for more than a day, as soon as each wait is over: whoever comes anew waits for an hour."""
    for _ in range(waits.FREE_ANYWHERE + 14):
        while (answer := attempt(real, OTP, "000000")).status_code == 429:
            clock.ahead += timedelta(seconds=int(answer.headers["Retry-After"]))
        assert answer.status_code == 403
    assert int(attempt(real, OTP, "000000").headers["Retry-After"]) > 3000
    assert int(attempt(real, OTP, "000000", address="192.0.2.1").headers["Retry-After"]) > 3000


def flood(real: Practice, address: str = HOME, device: str = "") -> None:
    assert [challenge(real, address, device) for _ in range(ALLOWANCES["sign_in"].burst + 5)][-1] == 429


@pytest.fixture
def clock(real: Practice, world: World) -> Iterator[MovingClock]:
    """The gateway's: however slow the machine is, a try comes when the test says, but for trifles."""
    stopped = MovingClock(world.clock.ahead)
    real.door.app.extensions.update(attune_clock=stopped, gateway_limits=Limits(stopped))
    with stopped.standing():
        yield stopped


@pytest.fixture
def bo(real: Practice, notify: Notify, ana: Human) -> Human:
    """Another partner who signs in with codes."""
    human = comes_by_invitation(real, notify, email=BO)
    assert human.add_codes(BO).status_code == 200
    return human


class TestNobodyIsKeptOut:
    def test_guesses_at_home_do_not_stop_a_device_that_came_in(
        self, real: Practice, ana: Human, clock: MovingClock
    ) -> None:
        device = device_of(attempt(real, RECOVERY, ana.recovery_codes[0]))
        hold(real, clock)
        for number, address in enumerate((HOME, "198.51.100.4")):
            came = attempt(real, RECOVERY, ana.recovery_codes[1 + number], device=device, address=address)
            assert came.status_code == 201
        assert attempt(real, RECOVERY, ana.recovery_codes[3]).status_code == 429, "a new browser waits"

    def test_a_stream_of_requests_at_home_does_not_either(
        self, real: Practice, ana: Human, clock: MovingClock
    ) -> None:
        device = device_of(attempt(real, RECOVERY, ana.recovery_codes[0]))
        flood(real)
        assert challenge(real) == 429
        assert challenge(real, device=device) == 201
        assert attempt(real, RECOVERY, ana.recovery_codes[1], device=device).status_code == 201

    def test_nor_one_from_another_device(
        self, real: Practice, ana: Human, bo: Human, clock: MovingClock
    ) -> None:
        anas = device_of(attempt(real, RECOVERY, ana.recovery_codes[0]))
        bos = device_of(attempt(real, RECOVERY, bo.recovery_codes[0], email=BO))
        flood(real, device=bos)
        assert (challenge(real, device=bos), challenge(real, device=anas), challenge(real)) == (429, 201, 201)

    def test_a_device_is_known_by_whatever_way_one_came(
        self, real: Practice, ana: Human, clock: MovingClock
    ) -> None:
        assert ana.add_passkey().status_code == 201
        begun = real.door.post("/api/v1/sign-in/passkey/challenge", {"practice": real.slug}).json
        credential = ana.device.get(begun["options"])
        body = {"practice": real.slug, "challenge_id": begun["challenge_id"], "credential": credential}
        device = device_of(real.door.post("/api/v1/sign-in/passkey", body))
        hold(real, clock)
        assert attempt(real, RECOVERY, ana.recovery_codes[1], device=device).status_code == 201

    def test_a_device_is_known_for_thirty_days(self, real: Practice, ana: Human, clock: MovingClock) -> None:
        device = device_of(attempt(real, RECOVERY, ana.recovery_codes[0]))
        clock.ahead += timedelta(days=27)
        hold(real, clock)
        assert attempt(real, OTP, "000000", device=device).status_code == 403
        clock.ahead += waits.KNOWN_FOR - timedelta(days=27)
        assert attempt(real, OTP, "000000").status_code == 403
        for _ in range(waits.FREE_HERE):
            attempt(real, OTP, "000000")
        assert attempt(real, RECOVERY, ana.recovery_codes[1], device=device).status_code == 429


class TestNobodyLearnsOfIt:
    @pytest.mark.P1
    @pytest.mark.parametrize("is_known", [True, False])
    def test_a_right_try_changes_nothing_for_others_at_the_same_address(
        self, real: Practice, ana: Human, bo: Human, clock: MovingClock, *, is_known: bool
    ) -> None:
        device = device_of(attempt(real, RECOVERY, bo.recovery_codes[0], email=BO)) if is_known else ""
        alone = self._others_tries(real, EMAIL, clock, [], "")
        beside = self._others_tries(real, BO, clock, bo.recovery_codes[1:], device)
        assert {status for status, _, _ in alone} == {403, 429}
        assert beside == alone

    def _others_tries(
        self, real: Practice, email: str, clock: MovingClock, codes: list[str], device: str
    ) -> list[tuple[Any, ...]]:
        """Tries from home at an account, and how each was answered, while its owner comes in with each of `codes`."""
        answers, left = [], iter(codes)
        for tries, pause in ((6, 10), (2, 3), (2, 86_000), (0, 1_000), (7, 40), (3, 600)):
            for _ in range(tries):
                answer = attempt(real, OTP, "000000", email=email)
                answers.append((answer.status_code, answer.data, dict(answer.headers)))
            clock.ahead += timedelta(seconds=pause)
            if (code := next(left, None)) is not None:
                assert attempt(real, RECOVERY, code, email=email, device=device).status_code == 201
        return answers

    def test_what_others_try_meanwhile_stays_counted(self, real: Practice, world: World) -> None:
        database = world.sides["gateway"].app.extensions["attune_database"]
        one = {"subject": secrets.token_bytes(32), "device": None, "address": secrets.token_bytes(32)}
        moment = world.clock()
        with database.transaction(Scope(real.id)) as db:
            right = waits.count_try(db, **one, at=moment)
            waits.count_try(db, **one, at=moment + timedelta(seconds=1))
            waits.uncount_try(db, subject=one["subject"], counted=right)
        rows = world.rows("gateway", real.id, "SELECT count, tried_at FROM tries WHERE subject_hash = %s",
                          one["subject"])  # fmt: skip
        assert rows == [(1, moment + timedelta(seconds=1))] * 2


class TestGuessersAreSlowed:
    def test_who_has_a_device_of_the_account_is_slowed_too(
        self, real: Practice, ana: Human, clock: MovingClock
    ) -> None:
        device = device_of(attempt(real, RECOVERY, ana.recovery_codes[0]))
        codes = [attempt(real, OTP, "000000", device=device).status_code for _ in range(waits.FREE_HERE + 1)]
        assert codes == [403] * waits.FREE_HERE + [429]
        assert attempt(real, OTP, "000000").status_code == 403, "for itself alone"

    def test_devices_of_another_account_are_of_no_use(
        self, real: Practice, ana: Human, bo: Human, clock: MovingClock
    ) -> None:
        """From one address, and from many with a device for each few, all of them come by honestly."""
        devices = [
            device_of(attempt(real, RECOVERY, code, email=BO, address="192.0.2.9"))
            for code in bo.recovery_codes[:6]
        ]
        assert len(set(devices)) == 6
        here = [attempt(real, OTP, "000000", device=one).status_code for one in devices]
        assert here == [403] * waits.FREE_HERE + [429]
        rest = waits.FREE_ANYWHERE - waits.FREE_HERE
        there = [
            attempt(
                real, OTP, "000000", device=devices[number % 6], address=f"198.51.100.{number}"
            ).status_code
            for number in range(rest + 1)
        ]
        assert there == [403] * rest + [429]

    @pytest.mark.parametrize("kind", ["forged", "another practice's", "odd", "a token"])
    def test_a_device_that_is_none_counts_as_none(
        self, real: Practice, ana: Human, clock: MovingClock, kind: str
    ) -> None:
        device = device_of(attempt(real, RECOVERY, ana.recovery_codes[0]))
        tokens: Tokens = real.door.app.extensions["gateway_tokens"]
        raw, other = tokens.read_device(real.id, device), real.door.create_practice(is_demo=False)
        assert raw is not None
        wrong = {
            "forged": device[:-2] + ("AA" if device[-2:] != "AA" else "BB"),
            "another practice's": tokens.device(other.id, raw),
            "odd": "%00é",
            "a token": ana.token,
        }[kind]
        flood(real)
        assert challenge(real, device=wrong) == 429
        address = "198.51.100.5"
        for _ in range(waits.FREE_HERE):
            attempt(real, OTP, "000000", device=wrong, address=address)
        assert attempt(real, OTP, "000000", device=wrong, address=address).status_code == 429
        assert (
            attempt(real, RECOVERY, ana.recovery_codes[1], device=device, address=address).status_code == 201
        )


class TestTheCookie:
    def test_it_is_a_random_number_of_this_host_alone(
        self, real: Practice, ana: Human, clock: MovingClock
    ) -> None:
        first, second = (attempt(real, RECOVERY, code) for code in ana.recovery_codes[:2])
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax", f"Max-Age={365 * 86400}"} <= set(
            kept(first).split("; ")
        )
        assert "Domain" not in kept(first)
        assert device_of(first) != device_of(second)
        again = attempt(real, RECOVERY, ana.recovery_codes[2], device=device_of(first))
        assert device_of(again) == device_of(first), "and stays the same"

    def test_who_does_not_come_in_is_given_none(self, real: Practice, ana: Human, clock: MovingClock) -> None:
        assert kept(attempt(real, OTP, "000000")) == ""

    def test_signing_out_keeps_it(self, real: Practice, ana: Human, clock: MovingClock) -> None:
        device = device_of(attempt(real, RECOVERY, ana.recovery_codes[0]))
        visitor = Visitor(real.door, cookie=ana.token)
        visitor.get("/ways-in")
        left = visitor.post("/sign-out")
        assert (left.status_code, kept(left)) == (303, "")
        assert "cookies" not in left.headers["Clear-Site-Data"]
        other = attempt(real, RECOVERY, ana.recovery_codes[1], device=device)
        out = real.door.post("/api/v1/sign-out", headers=bearer(other.json["token"]))
        assert (out.status_code, kept(out)) == (200, "")
