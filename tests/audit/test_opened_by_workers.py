"""What a worker opens of sealed words is written down in the same transaction: the sender, an address for each mail."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from services.notify.models import ContactPoint
from shared.audit.by_workers import handling
from shared.db.tenancy import Scope
from shared.errors import Unavailable
from shared.events.gateway import PartnerInvited
from shared.ids import NIL
from shared.vault import NotAudited
from tests.notify.conftest import office, server
from tests.notify.office import PUBLIC_URL, Office
from tests.world.world import World

__all__ = ["office", "server"]
pytestmark = pytest.mark.A1
ADDRESS = "cam@example.org"


def invite(office: Office) -> tuple[UUID, UUID]:
    """A new address, and an invitation handed in for it."""
    contact = office.contact(ADDRESS)
    body = {"contact_id": str(contact), "template": "invitation", "link": f"{PUBLIC_URL}/i/abc"}
    return contact, UUID(office.as_one(None, "operator").post("/messages", body).json["delivery_id"])


def opened_by_sender(office: Office) -> list[tuple[Any, ...]]:
    """What the sender wrote down that it opened: kind, record, about whom, by what right, which part of the worker."""
    sql = (
        "SELECT kind, record_id, about_id, relation, route FROM audit_row"
        " WHERE practice_id = %s AND roles = 'worker' AND act = 'read' AND actor_id = %s ORDER BY at, id"
    )
    return [tuple(one) for one in office.world.rows("notify", office.practice, sql, office.practice, NIL)]


def states(office: Office) -> list[str]:
    sql = "SELECT state FROM delivery WHERE channel = 'email'"
    return [one for (one,) in office.world.rows("notify", office.practice, sql)]


def test_an_address_is_opened_for_a_mail_that_goes_and_that_is_written_down(office: Office) -> None:
    contact, delivery = invite(office)
    office.send()
    how = ("timer", "deliver")
    assert opened_by_sender(office) == [
        ("contact_point", contact, None, *how),
        ("delivery", delivery, None, *how),
    ]
    office.tell(office.booking(office.now + timedelta(days=3)))
    assert len(office.mails(office.ana)) == 1
    assert {(one[0], one[2]) for one in opened_by_sender(office)[2:]} >= {("contact_point", office.ana)}


def test_of_a_mail_that_does_not_go_no_address_is_opened(office: Office) -> None:
    contact, _ = invite(office)
    office.tell(PartnerInvited(couple_id=office.couple, person_id=office.ana, contact_id=contact))
    office.as_one(office.ana, "partner").post(f"/me/contacts/{contact}/mark", {"is_safe": False})
    office.send()
    assert (states(office), opened_by_sender(office)) == (["dropped"], [])


def test_what_can_not_be_written_down_is_not_sent_and_waits(office: Office) -> None:
    invite(office)
    with no_audit_of_the_sender(office.world), pytest.raises(Unavailable):
        office.send()
    assert (states(office), office.server.to(ADDRESS)) == (["waiting"], [])
    office.send()
    assert (states(office), len(office.server.to(ADDRESS))) == (["sent"], 1)


@contextmanager
def no_audit_of_the_sender(world: World) -> Iterator[None]:
    with psycopg.connect(world.owner_urls["notify"], autocommit=True) as owner:
        owner.execute("REVOKE INSERT ON audit_row FROM attune_notify_worker")
        try:
            yield
        finally:
            owner.execute("GRANT INSERT ON audit_row TO attune_notify_worker")


def test_to_a_handler_the_vault_is_closed(office: Office) -> None:
    contact = office.contact(ADDRESS)
    scope = Scope(office.practice, role="worker")
    with office.world.sides["notify"].database.transaction(scope) as db:
        point = db.get_one(ContactPoint, contact)
        with (
            pytest.raises(NotAudited),
            handling(db, {}, "some", relation="timer", handler="fire_some"),
        ):
            point.unseal(db, "address")
        assert point.unseal(db, "address") == ADDRESS
