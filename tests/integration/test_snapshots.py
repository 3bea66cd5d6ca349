"""What integration states of check-ins: without opening an answer, and without a word of who skipped."""

import pytest

from shared.events.integration import CheckInAnswered, CheckInOpened, JournalEntryShared, JournalEntryUnshared
from tests.integration.story import ENTRY, FINE, UNSAFE, a_couple, told
from tests.world.stating import stated
from tests.world.world import World


@pytest.mark.P1
def test_a_skipped_check_in_is_stated_like_one_that_is_open(world: World) -> None:
    couple = a_couple(world)
    couple.ended()
    couple.pass_days(4)
    world.pump(ticks=True)  # or their notices ask again and again
    for partner in (couple.ana, couple.bo):
        first, second = partner.get("/me/check-ins").json["items"]
        answer = FINE if partner.actor.person_id == couple.ana_id else UNSAFE
        assert partner.post(f"/me/check-ins/{first['check_in_id']}/answer", answer).status_code == 201
        if partner.actor.person_id == couple.ana_id:
            partner.post(f"/me/check-ins/{second['check_in_id']}/skip")
    opened = told(world, couple.practice, CheckInOpened)
    answered = told(world, couple.practice, CheckInAnswered)
    done = {one.check_in_id for one in answered}  # type: ignore[attr-defined]
    still_open = [one for one in opened if one.check_in_id not in done]  # type: ignore[attr-defined]
    assert len(still_open) == 2
    key = str
    assert sorted(stated(world, "integration", couple.practice, CheckInOpened), key=key) == sorted(
        still_open, key=key
    )
    assert sorted(stated(world, "integration", couple.practice, CheckInAnswered), key=key) == sorted(
        answered, key=key
    )
    assert {one.is_clear for one in answered} == {True, False}  # type: ignore[attr-defined]


@pytest.mark.P1
def test_what_is_shared_now_is_stated_and_nothing_of_what_was_taken_back(world: World) -> None:
    couple = a_couple(world)

    def shared(audience: str, entry_id: str = "") -> str:
        entry_id = entry_id or couple.ana.post("/me/journal", ENTRY).json["entry_id"]
        answer = couple.ana.post(f"/me/journal/{entry_id}/share", {"audience": audience})
        assert answer.status_code == 201
        return entry_id

    kept, gone = shared("both"), shared("partner")
    couple.ana.post("/me/journal", ENTRY)  # never shared
    shared("practitioner", kept)
    assert couple.ana.post(f"/me/journal/{gone}/unshare").status_code == 201
    assert (
        couple.ana.post(f"/me/journal/{gone}/unshare").status_code == 201
    )  # there is nothing more to take back
    first, second, last = told(world, couple.practice, JournalEntryShared)
    taken_back = told(world, couple.practice, JournalEntryUnshared)
    assert [one.sharing_id for one in taken_back] == [first.sharing_id, second.sharing_id]  # type: ignore[attr-defined]
    assert {one.person_id for one in taken_back} == {couple.ana_id}  # type: ignore[attr-defined]
    assert stated(world, "integration", couple.practice, JournalEntryShared) == [last]
