"""What integration states of check-ins: without opening an answer, and without a word of who skipped."""

import pytest

from shared.events.integration import CheckInAnswered, CheckInOpened
from tests.integration.story import FINE, UNSAFE, a_couple, told
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
