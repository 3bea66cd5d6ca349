"""Addresses: sealed, claimed once, erased when nobody claims them, used only when they are safe."""

from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest

from shared.events.gateway import InvitationAccepted, PartnerInvited
from shared.events.intake import EnquiryReceived
from shared.events.sessions import SessionKind
from tests.loglines import every_line
from tests.notify.office import PUBLIC_URL, Office

DAY = timedelta(days=1)


def points(office: Office) -> int:
    return len(office.world.rows("notify", office.practice, "SELECT 1 FROM contact_point"))


def test_an_address_nobody_claims_is_erased_after_a_day(office: Office) -> None:
    before = points(office)
    office.contact("stray@example.org")
    assert points(office) == before + 1
    contact = office.contact("another@example.org")
    office.wait(DAY + timedelta(minutes=1))
    assert points(office) == before
    # In copies of the database as well: its key is gone.
    key = "SELECT wrapped FROM data_key WHERE owner_id = %s"
    assert office.world.rows("notify", office.practice, key, contact) == [(None,)]


def test_an_enquirer_is_mailed_about_the_consultation_though_their_enquiry_arrives_later(
    office: Office,
) -> None:
    enquiry, contact = uuid4(), office.contact("dee@example.org")
    office.tell(
        office.booking(
            office.now + 3 * DAY,
            kind=SessionKind.CONSULTATION,
            couple_id=None,
            partner_ids=(),
            enquiry_id=enquiry,
        )
    )
    assert office.server.to("dee@example.org") == []
    office.tell(EnquiryReceived(enquiry_id=enquiry, contact_id=contact))
    office.wait(timedelta(seconds=3))
    office.send()
    assert len(office.server.to("dee@example.org")) == 1
    office.wait(2 * DAY)
    office.send()
    assert len(office.server.to("dee@example.org")) == 2  # and reminded


def test_an_invited_partner_is_not_mailed_before_they_have_joined(office: Office) -> None:
    cam, contact = uuid4(), office.contact("cam@example.org")
    invited = PartnerInvited(couple_id=office.couple, person_id=cam, contact_id=contact)
    office.tell(invited, office.booking(office.now + 3 * DAY, partner_ids=(cam,)))
    office.send()
    assert office.server.to("cam@example.org") == []
    office.tell(InvitationAccepted(couple_id=office.couple, person_id=cam))
    office.tell(office.booking(office.now + 4 * DAY, partner_ids=(cam,)))
    office.send()
    assert len(office.server.to("cam@example.org")) == 1
    assert len(office.inbox(cam)) == 2


def test_a_contact_is_claimed_once(office: Office) -> None:
    thief, contact = uuid4(), office.contact("cam@example.org")
    office.tell(PartnerInvited(couple_id=office.couple, person_id=office.bo, contact_id=contact))
    office.tell(PartnerInvited(couple_id=office.couple, person_id=thief, contact_id=contact))
    [row] = office.world.rows(
        "notify", office.practice, "SELECT person_id FROM contact_point WHERE id = %s", contact
    )
    assert row.person_id == office.bo


@pytest.mark.P3
@pytest.mark.parametrize("is_named", [True, False])
@pytest.mark.parametrize("attempt", range(3))  # whichever id comes first
def test_of_two_invitations_told_at_once_the_address_that_was_used_is_trusted(
    office: Office, is_named: bool, attempt: int
) -> None:
    cam, wrong, right = uuid4(), office.contact("kam@example.org"), office.contact("cam@example.org")
    office.tell(
        *(
            PartnerInvited(couple_id=office.couple, person_id=cam, contact_id=contact)
            for contact in (wrong, right)
        ),
        InvitationAccepted(couple_id=office.couple, person_id=cam, contact_id=right if is_named else None),
        office.booking(office.now + 3 * DAY, partner_ids=(cam,)),
    )
    office.send()
    assert office.server.to("kam@example.org") == []
    assert len(office.server.to("cam@example.org")) == 1


@pytest.mark.P3
def test_the_first_of_two_addresses_is_trusted_when_that_is_the_one_used(office: Office) -> None:
    cam, right, wrong = uuid4(), office.contact("cam@example.org"), office.contact("kam@example.org")
    office.tell(
        *(
            PartnerInvited(couple_id=office.couple, person_id=cam, contact_id=contact)
            for contact in (right, wrong)
        ),
        InvitationAccepted(couple_id=office.couple, person_id=cam, contact_id=right),
        office.booking(office.now + 3 * DAY, partner_ids=(cam,)),
    )
    office.send()
    assert office.server.to("kam@example.org") == []
    assert len(office.server.to("cam@example.org")) == 1


@pytest.mark.P3
def test_somebody_elses_address_is_never_trusted_for_them(office: Office) -> None:
    contact = office.contact("cam@example.org")
    office.tell(
        PartnerInvited(couple_id=office.couple, person_id=uuid4(), contact_id=contact),
        InvitationAccepted(couple_id=office.couple, person_id=office.bo, contact_id=contact),
    )
    [row] = office.world.rows(
        "notify", office.practice, "SELECT is_safe FROM contact_point WHERE id = %s", contact
    )
    assert row.is_safe is False


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"address": "nobody"}, "/address"),
        ({"address": "a@example.org\nBcc: b@example.org"}, "/address"),
        ({"address": "a@example.org", "channel": "pigeon"}, "/channel"),
        ({"address": "a@example.org", "surprise": 1}, "/surprise"),
    ],
)
def test_an_address_that_is_none_is_refused(office: Office, body: dict[str, object], pointer: str) -> None:
    answer = office.as_one(None, "public").post("/contacts", body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
    assert "example.org" not in answer.text


@pytest.mark.parametrize(
    "link",
    [
        "http://elsewhere.example/i/x",
        "http://localhost:8000.elsewhere.example/i/x",
        "http://localhost:8000@elsewhere.example/i/x",
        "https://localhost:8000/i/x",
        "http://localhost:8000/i/x\nBcc: y",
        "javascript:alert(1)",
    ],
)
def test_a_message_links_to_the_platform_only(office: Office, link: str) -> None:
    body = {"contact_id": str(office.contact("cam@example.org")), "template": "invitation", "link": link}
    answer = office.as_one(None, "operator").post("/messages", body)
    assert (answer.status_code, answer.json["code"]) == (409, "link_elsewhere")


@pytest.mark.P2
def test_messages_go_only_to_contacts_of_the_same_practice_and_from_staff(office: Office) -> None:
    contact = str(office.contact("cam@example.org"))
    body = {"contact_id": contact, "template": "invitation", "link": f"{PUBLIC_URL}/i/x"}
    for role in ("public", "partner"):
        assert office.as_one(uuid4(), role).post("/messages", body).status_code == 404
    elsewhere = office.world.caller("notify", office.world.practice(), uuid4(), "front_desk")
    assert elsewhere.post("/messages", body).status_code == 404


def test_the_same_request_twice_is_one_message(office: Office) -> None:
    contact = str(office.contact("cam@example.org"))
    body = {"contact_id": contact, "template": "invitation", "link": f"{PUBLIC_URL}/i/x"}
    desk = office.as_one(uuid4(), "front_desk")
    first, again = (
        desk.post("/messages", body, key="the-same-key"),
        desk.post("/messages", body, key="the-same-key"),
    )
    assert first.data == again.data
    office.send()
    assert len(office.server.to("cam@example.org")) == 1


@pytest.mark.P3
def test_address_and_link_stand_nowhere_but_sealed(office: Office) -> None:
    address, link = "canary-7f3a@example.org", f"{PUBLIC_URL}/i/canary-9c1d"
    with every_line() as written:
        enquiry, contact = uuid4(), office.contact(address)
        office.tell(EnquiryReceived(enquiry_id=enquiry, contact_id=contact))
        body = {"contact_id": str(contact), "template": "invitation", "link": link}
        office.server.mood = "refuses_recipient"
        assert office.as_one(None, "operator").post("/messages", body).status_code == 201
        office.tell(office.booking(office.now + 3 * DAY, partner_ids=(), enquiry_id=enquiry))
        office.send()
        places = stored(office)
        office.server.mood = "takes"
        office.wait(timedelta(minutes=1))
        office.send()
        places += stored(office)
    assert len(office.server.to(address)) == 2
    assert len(places) > 20
    for canary in ("canary-7f3a", "canary-9c1d"):
        for text in [*places, written.getvalue()]:
            assert canary not in text
            assert canary.encode().hex() not in text


def stored(office: Office) -> list[str]:
    """Every row of notify's tables and every record on the log, as text."""
    texts = []
    settings = office.world.sides["notify"].settings
    for url in (office.world.owner_urls["notify"], settings.event_log_url):
        with psycopg.connect(url) as connection:
            connection.execute("SELECT set_config('app.practice', %s, true)", [str(office.practice)])
            tables = connection.execute(
                "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables"
                " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
            ).fetchall()
            for (table,) in tables:
                rows = connection.execute(f"SELECT t::text FROM {table} t").fetchall()
                texts.append(table + "\n".join(text for (text,) in rows))
    return texts
