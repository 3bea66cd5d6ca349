"""D2: what was taken back before it went out is told to nobody; it is decided again when a mail goes."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from shared.db.tenancy import Scope
from shared.events.intake import IntentionShared, IntentionUnshared
from shared.events.integration import Audience, JournalEntryShared, JournalEntryUnshared
from tests.notify.office import Office
from tests.notify.test_people import SHARED, read_all
from tests.notify.test_snapshots import state

pytestmark = pytest.mark.D2
MINUTE = timedelta(minutes=1)
Sharing = JournalEntryShared | IntentionShared


def entry(office: Office, audience: Audience = Audience.PARTNER) -> JournalEntryShared:
    return JournalEntryShared(
        couple_id=office.couple, person_id=office.ana, audience=audience, sharing_id=uuid4()
    )


def intention(office: Office) -> IntentionShared:
    return IntentionShared(couple_id=office.couple, person_id=office.ana, sharing_id=uuid4())


def taken_back(fact: Sharing) -> JournalEntryUnshared | IntentionUnshared:
    assert fact.sharing_id is not None
    kind = JournalEntryUnshared if isinstance(fact, JournalEntryShared) else IntentionUnshared
    return kind(couple_id=fact.couple_id, person_id=fact.person_id, sharing_id=fact.sharing_id)


def texts(office: Office, person: UUID) -> list[str]:
    return [one["text"] for one in office.inbox(person, "partner" if person == office.bo else "practitioner")]


def facts(office: Office) -> list[Sharing]:
    return [entry(office), entry(office, Audience.BOTH), intention(office)]


@pytest.mark.P1
@pytest.mark.parametrize("kind", [0, 1, 2])
def test_what_was_taken_back_before_the_notice_was_decided_is_told_to_nobody(
    office: Office, kind: int
) -> None:
    fact = facts(office)[kind]
    office.tell(fact, taken_back(fact))
    office.wait(timedelta(hours=1))
    for person in (office.bo, *office.team):
        assert texts(office, person) == []
        assert office.mails(person) == []
    office.tell(facts(office)[kind])
    assert (texts(office, office.bo), len(office.mails(office.bo))) == ([SHARED], 1)


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_taken_back_before_the_mail_goes_there_is_no_mail_and_the_inbox_keeps_its_neutral_words(
    office: Office, kind: int
) -> None:
    fact = facts(office)[kind]
    office.tell(fact)
    office.tell(taken_back(fact))
    assert office.mails(office.bo) == []
    assert set(office.states()) == {"dropped"}
    assert texts(office, office.bo) == [SHARED]


@pytest.mark.parametrize("kind", [0, 2])
def test_nothing_is_told_while_it_may_have_been_taken_back_half_a_minute_ago(
    office: Office, kind: int
) -> None:
    fact = facts(office)[kind]
    clock, ahead = office.world.clock, office.world.clock.ahead
    clock.ahead += timedelta(seconds=31)
    try:
        office.tell(fact, is_fresh=False)
        assert texts(office, office.bo) == []
        clock.ahead += timedelta(seconds=3)
        office.tell(taken_back(fact))
        assert texts(office, office.bo) == []
    finally:
        clock.ahead = ahead


def test_a_mail_that_also_tells_of_something_else_goes_though_the_first_was_taken_back(
    office: Office,
) -> None:
    first, second = entry(office), entry(office)
    office.tell(first)
    office.wait(5 * MINUTE)
    office.tell(second)
    office.tell(taken_back(first))
    assert len(office.mails(office.bo)) == 1
    assert texts(office, office.bo) == [SHARED]


def test_when_all_that_a_mail_tells_of_was_taken_back_it_is_dropped(office: Office) -> None:
    shared = [entry(office), entry(office), entry(office, Audience.PRACTITIONER)]  # the last is not for Bo
    for fact in shared:
        office.tell(fact)
    for fact in shared[:2]:
        office.tell(taken_back(fact))
    assert office.mails(office.bo) == []
    assert len(office.mails(office.team[0])) == 1


def test_what_waits_to_be_told_is_decided_by_its_own_sharing(office: Office) -> None:
    """To somebody who has read the first, the second would be told when the quarter of an hour is over."""
    first, second = entry(office), entry(office)
    office.tell(first)
    read_all(office, office.bo)
    office.tell(second, taken_back(second))
    office.wait(16 * MINUTE)
    assert texts(office, office.bo) == [SHARED]


def test_what_is_shared_is_known_again_after_a_rebuild_and_nobody_is_told_twice(office: Office) -> None:
    fact, other = entry(office), intention(office)
    office.tell(fact)
    office.tell(other)
    with office.world.sides["notify"].database.transaction(_as_worker(office)) as db:
        db.connection().exec_driver_sql("DELETE FROM sharing")
    inbox = office.inbox(office.bo)
    for one in (fact, other):
        state(office, one)
    assert office.inbox(office.bo) == inbox
    assert len(office.mails(office.bo)) == 2
    office.tell(taken_back(fact), taken_back(other))
    assert office.world.rows("notify", office.practice, "SELECT 1 FROM sharing") == []


def test_of_what_is_not_known_to_be_shared_no_mail_goes(office: Office) -> None:
    office.tell(entry(office))
    with office.world.sides["notify"].database.transaction(_as_worker(office)) as db:
        db.connection().exec_driver_sql("DELETE FROM sharing")
    assert office.mails(office.bo) == []


def _as_worker(office: Office) -> Scope:
    return Scope(office.practice, role="worker")
