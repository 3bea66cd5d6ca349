"""Who somebody is told by that the way they sign in was changed or ended: at once, whatever hours are quiet."""

import pytest

from services.notify.domain.occasions import Occasion
from shared.events.base import Event
from shared.events.gateway import SignInRecovered, WaysInChanged
from tests.notify.office import Office

EVERY_HOUR = {"language": "en", "quiet_from": "00:00", "quiet_until": "23:59", "zone": "UTC"}


@pytest.mark.parametrize("event", [SignInRecovered, WaysInChanged])
def test_quiet_hours_that_somebody_else_may_have_set_do_not_hold_it_back(
    office: Office, event: type[Event]
) -> None:
    office.as_one(office.ana, "partner").put("/me/preferences", EVERY_HOUR)
    office.tell(event(person_id=office.ana))  # type: ignore[call-arg]
    [mail] = office.mails(office.ana)
    assert mail["Subject"] == "You have a message from Oak Practice"
    assert "sign" not in mail.get_content(), "the mail says nothing of it"
    [shown] = office.inbox(office.ana)
    assert shown["text"].endswith("Was that not you? Call your practice.")
    assert shown["about"] == "ways_in"
    assert office.mails(office.bo) == office.inbox(office.bo) == [], "nobody else is told"


def test_each_change_is_told_once_and_wherever_it_is_safe(office: Office) -> None:
    changed = WaysInChanged(person_id=office.ana)
    office.tell(*office.invited(office.ana))
    office.tell(changed)
    assert len(office.mails(office.ana)) == 2, "an older safe address too"
    office.tell(changed)
    assert len(office.inbox(office.ana)) == 2, "a second change is told like the first"


def test_what_does_not_warn_waits_for_the_morning() -> None:
    at_once = {one for one in Occasion if not one.waits_for_quiet_hours}
    assert at_once == {
        Occasion.ALERT, Occasion.INVITATION, Occasion.SIGN_IN_RECOVERED, Occasion.WAYS_IN_CHANGED,
    }  # fmt: skip
