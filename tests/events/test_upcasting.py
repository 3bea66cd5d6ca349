"""Old versions are lifted to today's before any handler sees them; whatever was ever stored can be read."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events import EVENTS, Event, EventInvalid, decode, definition_of, encode
from shared.events.base import UPCASTS, Upcast, event


def with_several(data: dict[str, Any]) -> dict[str, Any]:
    """Version 1 knew one practitioner."""
    return {"couple_id": data["couple_id"], "practitioner_ids": [data["practitioner_id"]]}


def with_count(data: dict[str, Any]) -> dict[str, Any]:
    """Version 2 did not count."""
    return {**data, "count": len(data["practitioner_ids"])}


def define(*upcasts: Upcast) -> type[Event]:
    class Treated(Event):
        """Somebody treats a couple."""

        couple_id: UUID
        practitioner_ids: tuple[UUID, ...]
        count: int

    return event(owner="upcasting", consumers=(), key="couple_id", version=3, upcasts=upcasts)(Treated)


@pytest.fixture
def treated() -> Iterator[type[Event]]:
    before = dict(UPCASTS)
    made = define(with_several, with_count)
    yield made
    del EVENTS[made.TYPE]
    UPCASTS.clear()
    UPCASTS.update(before)


def old(**data: object) -> bytes:
    return json.dumps({name: str(value) for name, value in data.items()}).encode()


def test_each_old_version_is_read_as_todays(treated: type[Event]) -> None:
    couple, who = uuid4(), uuid4()
    today = treated(couple_id=couple, practitioner_ids=(who,), count=1)  # type: ignore[call-arg]
    assert decode("attune.upcasting.treated.v1", old(couple_id=couple, practitioner_id=who)) == today
    second = json.dumps({"couple_id": str(couple), "practitioner_ids": [str(who)]}).encode()
    assert decode("attune.upcasting.treated.v2", second) == today
    assert decode("attune.upcasting.treated.v3", encode(today)) == today
    assert definition_of("attune.upcasting.treated.v1") is treated
    assert definition_of("attune.upcasting.treated.v4") is None


@pytest.mark.parametrize("payload", [b"", b"[]", b"{}", b'{"couple_id": "x", "practitioner_id": "y"}'])
def test_an_old_one_that_lacks_its_facts_is_invalid(treated: type[Event], payload: bytes) -> None:
    with pytest.raises(EventInvalid):
        decode("attune.upcasting.treated.v1", payload)


def test_a_new_version_that_forgets_an_old_one_is_not_defined() -> None:
    with pytest.raises(TypeError, match="needs 2 upcasts"):
        define(with_count)
    assert not [name for name in EVENTS if "upcasting" in name]


def test_what_is_refused_is_named_by_its_place_and_never_quoted(treated: type[Event]) -> None:
    with pytest.raises(EventInvalid) as refused:
        decode(treated.TYPE, b'{"couple_id": "secret", "practitioner_ids": [], "count": 1}')
    assert str(refused.value) == f"{treated.TYPE}: couple_id"
    assert refused.value.__cause__ is None
