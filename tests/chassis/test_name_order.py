"""Lists by name are in the order in which people look."""

from uuid import uuid4

from shared.name_order import place_of_name
from tests.gateway.door import Door
from tests.world.world import World

IN_ORDER = ["Adler", "Ángela", "anton", "Bea", "de la Cruz", "Núñez", "Nuria", "Zoe"]


def test_accents_and_capitals_change_no_place_and_no_name_is_last() -> None:
    mixed = [None, *reversed(IN_ORDER)]
    assert sorted(mixed, key=place_of_name) == [*IN_ORDER, None]


def test_rooms_and_staff_are_listed_so(world: World) -> None:
    practice = Door(world, world.sides["gateway"].app).create_practice()
    rooms = world.caller("sessions", practice.id, uuid4(), "practice_admin")
    for name in reversed(IN_ORDER):
        rooms.post("/rooms", {"name": name, "kind": "talk"})
        practice.join_staff("front_desk", name=name)
    assert [one["name"] for one in rooms.get("/rooms").json["items"]] == IN_ORDER
    admin = practice.signed_in("practice_admin")  # Ines
    staff = practice.door.get("/api/v1/staff", headers=admin).json["items"]
    assert [one["display_name"] for one in staff] == [*IN_ORDER[:5], "Ines", *IN_ORDER[5:]]
