"""Preferences, inbox, sender and what is shared: each person's own, in their words, for nobody else."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from shared.events.gateway import InvitationAccepted
from shared.events.intake import IntentionShared
from shared.events.integration import Audience, CheckInAnswered, CheckInOpened, JournalEntryShared
from tests.notify.office import PUBLIC_URL, Office

SHARED = "Something has been shared with you."


@pytest.mark.P1
@pytest.mark.parametrize(
    ("audience", "partner", "practitioner"), [("partner", 1, 0), ("practitioner", 0, 1), ("both", 1, 1)]
)
def test_what_is_shared_is_told_to_its_audience_only(
    office: Office, audience: str, partner: int, practitioner: int
) -> None:
    office.tell(
        JournalEntryShared(couple_id=office.couple, person_id=office.ana, audience=Audience(audience))
    )
    assert [one["text"] for one in office.inbox(office.bo)] == [SHARED] * partner
    assert [one["text"] for one in office.inbox(office.team[1], "practitioner")] == [SHARED] * practitioner
    assert office.inbox(office.ana) == []


def test_a_shared_intention_is_told_to_the_other_partner(office: Office) -> None:
    office.tell(IntentionShared(couple_id=office.couple, person_id=office.bo))
    assert [one["text"] for one in office.inbox(office.ana)] == [SHARED]
    assert office.inbox(office.bo) == []
    assert office.inbox(office.team[0], "practitioner") == []


@pytest.mark.P1
def test_a_notice_leads_no_further_than_its_words(office: Office) -> None:
    """What kind of thing was shared, and taken back since, no field tells."""
    office.tell(IntentionShared(couple_id=office.couple, person_id=office.bo))
    office.tell(
        JournalEntryShared(couple_id=office.couple, person_id=office.ana, audience=Audience.PARTNER),
        CheckInOpened(couple_id=office.couple, person_id=office.ana, check_in_id=uuid4(), day=1),
    )
    assert sorted(one["about"] for one in office.inbox(office.ana)) == ["check_in", "sharing"]
    assert [one["about"] for one in office.inbox(office.bo)] == ["sharing"]


def entry_shared(office: Office, audience: Audience = Audience.PARTNER) -> JournalEntryShared:
    return JournalEntryShared(couple_id=office.couple, person_id=office.ana, audience=audience)


def read_all(office: Office, person: UUID) -> None:
    me = office.as_one(person, "partner")
    for one in office.inbox(person):
        me.post(f"/me/inbox/{one['message_id']}/read")


def test_what_is_shared_again_within_a_quarter_of_an_hour_is_one_notice(office: Office) -> None:
    office.tell(entry_shared(office), entry_shared(office))
    office.wait(timedelta(minutes=14))
    office.tell(entry_shared(office, Audience.BOTH))
    assert len(office.inbox(office.bo)) == len(office.mails(office.bo)) == 1
    assert len(office.inbox(office.team[0], "practitioner")) == 1  # of whom nothing was said before
    office.tell(IntentionShared(couple_id=office.couple, person_id=office.ana))
    assert len(office.inbox(office.bo)) == 2  # another kind
    office.wait(timedelta(minutes=20))
    assert len(office.inbox(office.bo)) == 2
    office.tell(entry_shared(office))
    assert len(office.inbox(office.bo)) == len(office.mails(office.bo)) == 3


def test_what_is_shared_after_the_notice_was_read_is_told_when_the_quarter_is_over(office: Office) -> None:
    office.tell(entry_shared(office))
    read_all(office, office.bo)
    office.wait(timedelta(minutes=5))
    office.tell(entry_shared(office), entry_shared(office))
    assert len(office.inbox(office.bo)) == 1
    office.wait(timedelta(minutes=10))
    assert len(office.inbox(office.bo)) == len(office.mails(office.bo)) == 2
    office.wait(timedelta(minutes=30))
    assert len(office.inbox(office.bo)) == 2


@pytest.mark.D2
def test_a_check_in_answered_meanwhile_is_not_mailed(office: Office) -> None:
    opened = CheckInOpened(check_in_id=uuid4(), couple_id=office.couple, person_id=office.ana, day=1)
    answered = CheckInAnswered(
        check_in_id=opened.check_in_id, couple_id=office.couple, person_id=office.ana, day=1, is_clear=True
    )
    office.tell(opened)
    assert len(office.inbox(office.ana)) == 1
    office.tell(answered)
    assert office.mails(office.ana) == []
    other = CheckInOpened(check_in_id=uuid4(), couple_id=office.couple, person_id=office.ana, day=3)
    office.tell(other)
    assert len(office.mails(office.ana)) == 1
    assert office.inbox(office.bo) == []


@pytest.mark.P2
def test_a_message_is_read_by_its_owner_only(office: Office) -> None:
    office.tell(office.booking(office.now + timedelta(days=3)))
    [message] = office.inbox(office.ana)
    path = f"/me/inbox/{message['message_id']}/read"
    assert message["is_read"] is False
    missing = office.as_one(office.bo, "partner").post(f"/me/inbox/{uuid4()}/read")
    assert office.as_one(office.bo, "partner").post(path).data == missing.data
    assert office.as_one(office.ana, "public").post(path).data == missing.data
    answer = office.as_one(office.ana, "partner").post(path)
    assert (answer.status_code, answer.json["is_read"]) == (201, True)
    assert office.inbox(office.ana)[0]["is_read"] is True


@pytest.mark.P2
def test_deliveries_are_for_the_office_only(office: Office) -> None:
    for role in ("partner", "practitioner", "public", "operator"):
        assert office.as_one(uuid4(), role).get("/deliveries").status_code == 404
    elsewhere = office.world.caller("notify", office.world.practice(), uuid4(), "front_desk")
    assert elsewhere.get("/deliveries").json["items"] == []


def test_preferences_change_only_over_the_version_that_was_seen(office: Office) -> None:
    me = office.as_one(office.ana, "partner")
    shown = me.get("/me/preferences")
    assert shown.json == {
        "language": "en", "quiet_from": None, "quiet_until": None, "zone": "America/Denver", "version": 0,
    }  # fmt: skip
    wanted = {"language": "es", "quiet_from": "22:00", "quiet_until": "07:30", "zone": "Europe/Madrid"}
    made = me.put("/me/preferences", wanted, etag=shown.headers["ETag"])
    assert (made.status_code, made.json) == (200, {**wanted, "version": 1})
    assert me.put("/me/preferences", wanted).status_code == 428
    assert me.put("/me/preferences", wanted, etag='"0"').status_code == 412
    again = me.put("/me/preferences", {**wanted, "language": "en"}, etag=made.headers["ETag"])
    assert (again.status_code, again.json["version"]) == (200, 2)
    assert office.as_one(office.bo, "partner").get("/me/preferences").json["version"] == 0


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"language": "de"}, "/language"),
        ({"zone": "Mars/Olympus"}, "/zone"),
        ({"quiet_until": None}, "/quiet_until"),
        ({"quiet_until": "22:00"}, "/quiet_until"),
        ({"quiet_from": "25:00"}, "/quiet_from"),
    ],
)
def test_preferences_that_make_no_sense_are_named(
    office: Office, change: dict[str, object], pointer: str
) -> None:
    body = {"language": "en", "quiet_from": "22:00", "quiet_until": "07:00", "zone": "UTC", **change}
    answer = office.as_one(office.ana, "partner").put("/me/preferences", body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]


def test_a_practice_names_its_sender_once_and_changes_it_knowingly(office: Office) -> None:
    admin = office.as_one(office.admin, "practice_admin")
    shown = admin.get("/sender")
    assert shown.json["display_name"] == "Oak Practice"
    assert admin.put("/sender", {"display_name": "Oak Practice"}).status_code == 200
    assert admin.put("/sender", {"display_name": "Elm"}).status_code == 428
    changed = admin.put("/sender", {"display_name": "Elm"}, etag=shown.headers["ETag"])
    assert (changed.status_code, changed.json["display_name"]) == (200, "Elm")
    assert admin.put("/sender", {"display_name": "Elm\nBcc: x@example.org"}).status_code == 422
    assert office.as_one(uuid4(), "front_desk").put("/sender", {"display_name": "Elm"}).status_code == 404


def test_an_inbox_comes_in_pages_newest_first(office: Office) -> None:
    for days in range(3):
        office.tell(office.booking(office.now + timedelta(days=3 + days)))
    me = office.as_one(office.ana, "partner")
    first = me.get("/me/inbox?limit=2").json
    rest = me.get(f"/me/inbox?limit=2&cursor={first['next_cursor']}").json
    assert len(first["items"]) == 2
    assert len(rest["items"]) == 1
    assert rest["next_cursor"] is None
    other = office.as_one(office.bo, "partner").get(f"/me/inbox?limit=2&cursor={first['next_cursor']}")
    assert other.status_code == 400


def test_nobody_is_mailed_where_they_said_it_is_not_safe(office: Office) -> None:
    ana, bo = office.as_one(office.ana, "partner"), office.as_one(office.bo, "partner")
    (point,) = ana.get("/me/contacts").json["items"]
    assert (point["address"], point["is_safe"]) == (office.address(office.ana), True)
    path = f"/me/contacts/{point['contact_id']}/mark"
    assert bo.post(path, {"is_safe": False}).status_code == 404
    assert ana.post(path, {"is_safe": "no"}).status_code == 422
    marked = ana.post(path, {"is_safe": False})
    assert (marked.status_code, marked.json["is_safe"]) == (201, False)
    office.tell(IntentionShared(couple_id=office.couple, person_id=office.bo))
    office.send()
    assert office.mails(office.ana) == []
    assert [one["text"] for one in office.inbox(office.ana)] == [SHARED]
    assert bo.get("/me/contacts").json["items"][0]["address"] == office.address(office.bo)


def test_no_link_goes_where_its_owner_said_it_is_not_safe(office: Office) -> None:
    """That is more than an address nobody has used yet: an invitation goes to that one."""
    ana = office.as_one(office.ana, "partner")
    (point,) = ana.get("/me/contacts").json["items"]
    link = {"contact_id": point["contact_id"], "template": "invitation", "link": f"{PUBLIC_URL}/i/x"}
    mara = office.as_one(office.team[0], "practitioner")
    waiting = mara.post("/messages", link)
    assert waiting.status_code == 201, waiting.text
    ana.post(f"/me/contacts/{point['contact_id']}/mark", {"is_safe": False})
    refused = mara.post("/messages", link)
    assert (refused.status_code, refused.json["code"]) == (409, "address_refused")
    office.send()
    assert office.mails(office.ana) == [], "nor does one that was on its way"
    ana.post(f"/me/contacts/{point['contact_id']}/mark", {"is_safe": True})
    assert mara.post("/messages", link).status_code == 201


def test_an_owners_no_outlasts_what_is_told_again(office: Office) -> None:
    ana = office.as_one(office.ana, "partner")
    (point,) = ana.get("/me/contacts").json["items"]
    ana.post(f"/me/contacts/{point['contact_id']}/mark", {"is_safe": False})
    contact_id = UUID(point["contact_id"])
    office.tell(InvitationAccepted(couple_id=office.couple, person_id=office.ana, contact_id=contact_id))
    assert not ana.get("/me/contacts").json["items"][0]["is_safe"]
