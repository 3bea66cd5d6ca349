"""More: notices, how a person is told, how pages look, and what the quick exit can't do."""

from datetime import timedelta

from tests.gateway.door import Door, Practice
from tests.gateway.pages.care import Care
from tests.gateway.visitor import Visitor


def test_a_notice_is_read_by_opening_it_and_leads_on(care: Care) -> None:
    care.has_a_check_in()
    care.is_told()
    ana = care.ana()
    page = ana.get("/notices").text
    (one,) = care.asks("notify").get("/me/inbox").json["items"]
    assert "A check-in is open for you." in page
    assert ">New<" in page
    opened = ana.post(f"/notices/{one['message_id']}")
    assert (opened.status_code, opened.headers["Location"]) == (303, "/check-ins")
    page = ana.get("/notices").text
    assert ">New<" not in page
    assert ">Earlier ones<" in page
    bo = care.bo()
    bo.get("/more")
    assert bo.post(f"/notices/{one['message_id']}").status_code == 404


def test_no_notices_is_said_in_a_sentence_and_an_odd_cursor_too(care: Care) -> None:
    ana = care.ana()
    assert "Nothing is waiting for you." in ana.get("/notices").text
    assert "This can’t be shown right now" in ana.get("/notices?older=%26limit%3D1%0d%0a").text


def test_how_a_person_is_told_is_kept_whole(care: Care) -> None:
    ana, here = care.ana(), "/more/notifications"
    page = ana.get(here).text
    assert "You have a message from" in page
    form = {
        "language": "es",
        "quiet_from": "21:00",
        "quiet_until": "08:00",
        "zone": "America/Denver",
        "version": "0",
    }
    assert ana.post(here, form).status_code == 303
    held = care.asks("notify").get("/me/preferences").json
    assert (held["language"], held["quiet_from"], held["quiet_until"]) == ("es", "21:00", "08:00")
    assert 'value="21:00"' in ana.get(here).text
    half = ana.post(here, {**form, "quiet_until": "", "version": "1"})
    assert half.status_code == 422
    assert 'id="f-quiet_until-error"' in half.text
    assert 'value="21:00"' in half.text
    stale = ana.post(here, {**form, "language": "en", "version": "0"})
    assert stale.status_code == 422
    assert 'role="alert"' in stale.text
    assert care.asks("notify").get("/me/preferences").json["language"] == "es"
    assert ana.post(here, {**form, "quiet_from": "", "quiet_until": "", "version": "1"}).status_code == 303


def test_an_address_that_is_not_safe_any_more_is_not_written_to(care: Care) -> None:
    care.has_an_address("ana@example.org")
    ana, here = care.ana(), "/more/notifications"
    page = ana.get(here).text
    assert "ana@example.org" in page
    assert "Safe: we write here" in page
    (point,) = care.asks("notify").get("/me/contacts").json["items"]
    fields = {"contact_id": point["contact_id"], "is_safe": "no"}
    assert ana.post(f"{here}/address", fields).status_code == 303
    assert "We don’t write here" in ana.get(here).text
    bo = care.bo()
    assert "ana@example.org" not in bo.get(here).text
    assert bo.post(f"{here}/address", {**fields, "is_safe": "yes"}).status_code == 404
    assert ana.post(f"{here}/address", {**fields, "contact_id": "../messages"}).status_code == 404
    assert not care.asks("notify").get("/me/contacts").json["items"][0]["is_safe"]


def test_more_says_what_the_quick_exit_cannot_do(care: Care) -> None:
    page = care.ana().get("/more").text
    for words in ("browser’s history", "screenshot", "device that others use", "Without a connection"):
        assert words in page
    for path in ("/more/privacy", "/notices", "/check-ins", "/more/notifications", "/ways-in"):
        assert f'href="{path}"' in page


def test_staff_have_a_list_of_their_own(door: Door, practice: Practice) -> None:
    staff = Visitor(door, cookie=practice.sign_in(practice.join_staff("front_desk")))
    page = staff.get("/more").text
    assert 'href="/ways-in"' in page
    assert "/notices" not in page
    assert "quick-exit" not in page
    for path in ("/sessions", "/check-ins", "/notices", "/more/notifications"):
        assert staff.get(path).status_code == 404
    chosen = staff.post("/view", {"language": "es", "theme": "dark", "reading": "easier", "next": "/more"})
    assert chosen.headers["Location"] == "/more"
    assert '<html lang="es" data-theme="dark" data-reading="easier">' in staff.get("/more").text


def test_a_session_that_ended_stands_among_the_earlier_ones(care: Care) -> None:
    session_id = care.couple.on_the_day()
    care.couple.start(session_id)
    care.world.move_clock(care.couple.practice, timedelta(hours=3))
    assert care.couple.therapist.post(f"/medicine-sessions/{session_id}/end").status_code == 201
    care.gateway_follows()
    ana = care.ana()
    assert ">Earlier<" in ana.get("/sessions").text
    page = ana.get(f"/sessions/{session_id}/consent").text
    assert "This session is over." in page
    assert 'value="withdraw"' not in page


def test_whose_sign_in_is_over_is_shown_the_ways_in_and_nothing_else(care: Care) -> None:
    ana, nobody = care.ana(), Visitor(care.door)
    ana.get("/more")
    assert ana.post("/sign-out").status_code == 303
    for visitor in (ana, nobody):
        for path in ("/sessions", "/more", "/notices"):
            page = visitor.get(path)
            assert page.status_code == 200
            assert "<h1>Sign in</h1>" in page.text
            assert "Quick exit" not in page.text
