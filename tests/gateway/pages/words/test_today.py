"""Today: one step, put off for the day by a mark that only this browser has."""

from datetime import timedelta
from uuid import uuid4

from tests.gateway.pages.words.conftest import Pair
from tests.gateway.pages.words.reader import HERE
from tests.privacy import acts
from tests.privacy.home import signed_in


def test_one_step_is_offered_and_can_wait_until_tomorrow(pair: Pair) -> None:
    page = pair.ana.text("/today")
    assert page.count('class="card next') == 1
    assert 'href="/prepare/intention/1"' in page

    answer = pair.ana.send("/today/not-now", on="/today")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/today")
    put_off = pair.ana.text("/today")
    assert "card next" not in put_off
    assert "Nothing more today" in put_off
    assert "card next" in pair.bo.text("/today"), "the other's Today is the other's"
    _forward(pair, timedelta(days=1))
    assert "card next" in pair.ana.text("/today")


def _forward(pair: Pair, by: timedelta) -> None:
    """Move the practice's clock where it is owned."""
    home = pair.home
    client = home.world.sides["gateway"].app.test_client(use_cookies=False)
    cookie = signed_in(home.world, home.practice, uuid4(), "practice_admin")
    headers = {**cookie, "Origin": HERE, "Idempotency-Key": uuid4().hex}
    body = {"forward_s": int(by.total_seconds())}
    moved = client.post("/api/v1/demo/clock", json=body, headers=headers, base_url=HERE)
    assert moved.status_code == 201, moved.text


def test_the_mark_says_nothing_and_only_marks_are_kept(pair: Pair) -> None:
    answer = pair.ana.send("/today/not-now", on="/today")
    (cookie,) = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("__Host-attune-later")]
    assert str(pair.home.ana_id) not in cookie
    assert "intention" not in cookie
    assert "HttpOnly" in cookie
    forged = pair.bo.send("/today/not-now", {"mark": "intention.today"}, on="/today")
    assert not any(one.startswith("__Host-attune-later") for one in forged.headers.getlist("Set-Cookie"))


def test_something_that_goes_before_is_shown_although_another_was_put_off(pair: Pair) -> None:
    pair.ana.send("/today/not-now", on="/today")
    pair.home.end_a_medicine_session()
    acts.days_pass(pair.home, 0)
    assert "/check-ins/" in pair.ana.text("/today")


def test_help_is_always_there(pair: Pair) -> None:
    for reader in (pair.ana, pair.without("sessions", "integration", "intake", "notify")):
        page = reader.text("/today")
        assert 'href="tel:988"' in page
        assert 'href="tel:911"' in page


def test_a_service_that_is_down_leaves_the_rest(pair: Pair) -> None:
    page = pair.without("sessions").text("/today")
    assert "This can’t be shown right now" in page
    assert "Your intentions" in page, "the step is still known"
    assert "nothing to do today" not in pair.without("intake").text("/today")


def test_today_in_spanish(pair: Pair) -> None:
    page = pair.ana.get("/today", language="es").text
    assert "Lo que viene" in page
    assert "Ahora no" in page
