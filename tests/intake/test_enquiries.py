"""An enquiry is kept once, tells the other services, and is refused clearly when it is not well formed."""

from uuid import uuid4

from tests.world.world import World


def test_an_enquiry_is_kept_and_front_desk_sees_it(world: World) -> None:
    practice = world.practice()
    visitor = world.caller("intake", practice, None, "public")
    desk = world.caller("intake", practice, uuid4(), "front_desk")

    answer = visitor.post("/enquiries", {"contact_id": str(uuid4()), "display_name": "Ana"})

    assert answer.status_code == 201, answer.text
    listed = desk.get("/enquiries").json["items"]
    assert [one["enquiry_id"] for one in listed] == [answer.json["enquiry_id"]]


def test_the_same_request_sent_twice_makes_one_enquiry(world: World) -> None:
    practice = world.practice()
    visitor = world.caller("intake", practice, None, "public")
    body = {"contact_id": str(uuid4()), "display_name": "Ana"}

    first = visitor.post("/enquiries", body, key="the-same-key")
    again = visitor.post("/enquiries", body, key="the-same-key")
    other = visitor.post("/enquiries", {**body, "display_name": "Bo"}, key="the-same-key")

    assert first.status_code == again.status_code == 201
    assert first.data == again.data
    assert other.status_code == 409
    assert other.json["code"] == "idempotency_key_reused"
    assert len(world.rows("intake", practice, "SELECT 1 FROM enquiry")) == 1


def test_a_field_that_is_wrong_is_named(world: World) -> None:
    visitor = world.caller("intake", world.practice(), None, "public")

    answer = visitor.post("/enquiries", {"contact_id": "x", "surprise": 1})

    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json["errors"]} == {
        "/contact_id", "/display_name", "/surprise",
    }  # fmt: skip


def test_another_practice_sees_nothing(world: World) -> None:
    mine, other = world.practice(), world.practice()
    world.caller("intake", mine, None, "public").post(
        "/enquiries", {"contact_id": str(uuid4()), "display_name": "Ana"}
    )
    assert world.caller("intake", other, uuid4(), "front_desk").get("/enquiries").json["items"] == []
